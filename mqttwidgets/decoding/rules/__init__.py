"""Which values are measurements, when they were taken, and in which unit.

Knows parsed documents, and nothing of the format that they came in; imports base, `format` and `limits`.
"""
