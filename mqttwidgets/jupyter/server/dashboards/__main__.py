"""`python -m mqttwidgets.jupyter.server.dashboards`."""

import sys

from . import serve

if __name__ == "__main__":
    serve(sys.argv[1:])
