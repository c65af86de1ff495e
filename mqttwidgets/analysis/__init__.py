"""The analysis of series as they grow: transforms, spectra, alarms, and waiting for a sample.

It works on any series, live or not. It imports `series` and `base`, and knows neither network nor screen.
"""
