"""Samples kept, in order of time, and what they amount to: rings, gaps, statistics, tables, files.

Knows numbers and times; not where they come from, nor who looks at them. Imports base alone.
"""
