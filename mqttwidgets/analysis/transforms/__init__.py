"""Series computed from other series, as these grow.

Each of `rolling`, `rate` and `difference` is a transform: a function for the user, and a class after
`transform.Transform`. `incremental` keeps its lines in step with their source.
"""
