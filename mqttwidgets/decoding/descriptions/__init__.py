"""Descriptions of series: what devices say of themselves, and what names, units and known devices tell.

`recognised` knows which messages describe, `memory` remembers them, `requests` knows where to ask for them.
"""
