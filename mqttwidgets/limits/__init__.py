"""Samples held against limits: which alarms there were, and waiting for a sample. Knows nothing of Jupyter."""
