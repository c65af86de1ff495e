"""Samples written to files, however many there are: piece by piece, there whole or not at all."""
