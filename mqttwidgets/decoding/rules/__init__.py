"""Which values are measurements, when they were taken, and in which unit.

Knows documents that are parsed, and no format; imports base, `findings` and `deadline`.
"""
