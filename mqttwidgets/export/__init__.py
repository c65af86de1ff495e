"""Samples written to files, however many there are."""
