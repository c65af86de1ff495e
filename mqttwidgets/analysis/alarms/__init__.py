"""Samples checked against limits, and the alarms that there were."""
