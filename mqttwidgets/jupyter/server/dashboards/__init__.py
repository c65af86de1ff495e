"""Voilà for live plots: every viewer has a kernel of its own, and the kernel ends when the viewer has left.

    python -m mqttwidgets.jupyter.server.dashboards dashboard.ipynb --port 8866

takes what `voila` takes, besides `--max-viewers` and `--allow-host`, and differs from it in this:

- A kernel ends when its last page is gone. Voilà 0.5 leaves it running: it refuses the goodbye of its own pages
  for want of an XSRF cookie (HTTP 403), and none comes from a browser that was killed, over a lost network, or of
  a page closed before it was ready. To cull idle kernels is no remedy: before a page has answered, a kernel with a
  live plot is never idle.
- A page that hung up is gone. One that is only silent may be a computer that sleeps: it finds its kernel as it was
  for some minutes, and after that begins anew (see frame_link.js).
- What a kernel says to a page that is gone is dropped. Voilà 0.5 takes binary ones among these messages apart in a
  way that holds up the server, and so every other viewer, for good.
- There are so many kernels at most; who comes then is told to come back later.
- Only the dashboard's own page is let in, by a name that is the dashboard's: see `door.py`. A page of another site
  could read and operate it in the browser of somebody who may see it.
- Nothing is served but the page and what it needs. Pictures in the notebook's texts are part of the page. Files
  beside the notebook are served only where `--VoilaConfiguration.file_allowlist` names them.

A viewer cannot run code in a kernel: Voilà's kernels take no `execute_request`.

Not for Voilà's preheated kernels, which wait for a viewer for as long as it takes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ....base.errors import MissingPackageError

MOST_VIEWERS = 20
"""How many kernels there are at most unless told otherwise; one with a few plots takes some 150 MB."""


def serve(arguments: Sequence[str]) -> None:
    """Run Voilà until it is ended.

    Args:
        arguments: as `voila` takes them on its command line, besides `--max-viewers` and `--allow-host`.

    Raises:
        MissingPackageError: where Voilà is not installed.
    """
    parser = argparse.ArgumentParser(
        prog="mqttwidgets.jupyter.server.dashboards", add_help=False, allow_abbrev=False
    )
    parser.add_argument("--max-viewers", type=int, default=MOST_VIEWERS)
    parser.add_argument("--allow-host", action="append", default=[])
    own, others = parser.parse_known_args(arguments)
    try:
        from .server import run
    except ImportError as error:
        raise MissingPackageError("a dashboard needs Voilà: pip install 'mqttwidgets[dashboard]'") from error
    run(others, most_viewers=own.max_viewers, names=own.allow_host)
