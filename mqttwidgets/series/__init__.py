"""Samples kept, in order of time, and what they amount to: rings, gaps, statistics, tables, files.

`pauses` decides which silence breaks a line; `gaps` keeps where lines are broken.
Knows numbers and times; not where they come from, nor who looks at them. Imports base alone.
"""
