"""Whether those who look at a plot are a dashboard's viewers, and what these may do.

Who works in a notebook has the author's rights anyway. A viewer sees what the author chose to show, with the
author's credentials, and whatever a page sends may be forged: what a viewer may not do, no widget offers.
"""

from __future__ import annotations

import os

MAY_CHANGE_TOPIC = "MQTTWIDGETS_VIEWERS_MAY_CHANGE_TOPIC"
"""The environment variable, "1" or empty, with which an author lets viewers read whatever the author may read."""

_IN_VOILA = "VOILA_REQUEST_URL"  # which Voilà sets for its kernels


def is_dashboard() -> bool:
    """Whether this kernel serves a page of a dashboard."""
    return _IN_VOILA in os.environ


def may_send() -> bool:
    """Whether those who look may have a message sent, which the author's credentials allow."""
    return not is_dashboard()


def may_change_topic() -> bool:
    """Whether those who look may change the topic of a plot."""
    return not is_dashboard() or bool(os.environ.get(MAY_CHANGE_TOPIC))
