"""What stands between a broker and a line: looked at step by step, up to the first cross.

Asks `mqtt`, `decoding` and `live`; says what it found as a Report with remedies. Knows no widget.
"""
