"""How a stream is, in a sentence; `rhythm` decides when it is stale."""

from __future__ import annotations

from typing import NamedTuple

from ..base.model import LinkState, Status
from ..base.text import duration

LONG_UNANSWERED_S, LONG_SILENT_S = 3.0, 15.0
"""How long no answer, or no message, must be awaited until the status says for how long."""


class Standing(NamedTuple):
    """How a stream is at one moment.

    Attributes:
        status: in one word.
        text: in a sentence, with the reason.
        link: the state of its link.
    """

    status: Status
    text: str
    link: LinkState


def standing_in_words(
    status: Status, link: LinkState, last: float | None, host: str, filters: str, now: float
) -> str:
    """The status of a stream in a sentence, with the reason.

    Args:
        status: in one word.
        link: the state of its link.
        last: when the newest message came, epoch seconds; None before the first.
        host: of its broker.
        filters: its topic filters.
        now: epoch seconds.
    """
    if status == "stale" and last is not None:
        silent = f"Connected to {host}, but silent for {duration(now - max(last, link.since))}."
        return f"{silent} {link.remark}".rstrip()
    if status == "live" and last is None:
        waits = f"Connected to {host}. Waiting for the first message on {filters}."
        silent_s = now - link.since
        long_so = "" if silent_s < LONG_SILENT_S else f" None for {_so_far(silent_s)}."
        return f"{waits}{long_so} {link.remark}".rstrip()
    return _link_in_words(link, now)


def _link_in_words(link: LinkState, now: float) -> str:
    """The state of a link; a resolver, for one, may take a minute to say nothing."""
    if link.status not in ("connecting", "offline"):
        return f"{link.text} {link.remark}".rstrip()
    if link.next_try_at is not None and link.next_try_at > now:
        return f"{link.text} Next try in {duration(link.next_try_at - now)}."
    text, since = link.text, link.since
    if link.next_try_at is not None:
        text, since = f"{link.text} Trying again.", link.next_try_at
    return text if now - since < LONG_UNANSWERED_S else f"{text} No answer for {_so_far(now - since)}."


def _so_far(seconds: float) -> str:
    return f"{duration(seconds)}; doctor() looks for what is in the way"
