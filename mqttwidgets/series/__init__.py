"""Samples in order of time, and what is made of them: gaps, statistics, tables, files.

A `ring.Series` keeps its samples in `chunks`; `gaps` knows which silence is unusual and where lines are broken.
It deals with numbers and times; it knows neither their source nor their readers. Imports only base.
"""
