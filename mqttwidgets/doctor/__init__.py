"""Looks for what stands between a broker and a line, step by step, up to the first cross.

Asks `mqtt`, `decoding` and `live`; says what it found in a Report with remedies. Knows no widget.
"""
