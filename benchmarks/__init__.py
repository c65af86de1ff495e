"""How fast it is, beside others; each script runs alone, `all.py` runs them all."""
