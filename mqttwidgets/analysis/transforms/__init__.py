"""Series computed from other series, as these grow.

`rolling` (all over a window), `rate` and `difference` hold transforms: a function for the user and a class after
`transform.Transform` each. `incremental` keeps its lines in step with their source.
"""
