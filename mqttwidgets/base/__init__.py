"""The words that all rooms share, and what Python lacks: values, errors, text, clocks, locks, patterns.

Knows of no broker, no payload, no screen. Imports nothing of the package but itself.
"""

from __future__ import annotations

__version__ = "0.1.0"
"""The release; the build reads it here."""
