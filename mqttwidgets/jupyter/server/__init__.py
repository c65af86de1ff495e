"""What runs in Jupyter's server, not in a kernel: prompt delivery (`nodelay`) and dashboards.

Imports jupyter_server, voila and tornado, which a kernel need not have; no widget imports this.
"""
