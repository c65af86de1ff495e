"""Samples held against limits: which alarms there were."""
