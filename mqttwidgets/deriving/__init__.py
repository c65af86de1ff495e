"""Series computed from other series, as these grow; knows nothing of Jupyter."""
