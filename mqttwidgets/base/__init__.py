"""The words that all rooms share, and what Python lacks: values, errors, text, clocks, locks, patterns.

Knows of no broker, no payload, no screen. Imports nothing of the package but itself.
"""
