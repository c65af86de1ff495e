"""What follows from series as they grow: transforms, spectra, alarms, and waiting for a sample.

Works on any series, live or not; imports `series` and `base`, and knows neither network nor screen.
"""
