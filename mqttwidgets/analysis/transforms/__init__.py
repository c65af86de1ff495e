"""Series computed from other series, as these grow.

A transform is a file here and a name in `builtin`; `incremental` keeps it in step with its source.
"""
