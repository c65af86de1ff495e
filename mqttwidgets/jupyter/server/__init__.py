"""Extensions of Jupyter's server, which run outside kernels: prompt delivery (`nodelay`) and dashboards.

Imports jupyter_server, voila and tornado, which a kernel need not have; no widget imports this.
"""
