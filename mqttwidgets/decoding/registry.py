"""All formats: ours, a line for each, in the order in which they are tried; then those of other packages."""

from __future__ import annotations

import functools
from importlib.metadata import entry_points
from typing import NamedTuple

from ..base.log import log
from ..base.text import printable
from .foreign_format import ForeignFormat
from .format import OwnFormat
from .formats import cbor, csv_rows, json_text, line_protocol, message_pack, plain_text, senml, sparkplug

GROUP = "mqttwidgets.formats"
"""The group of entry points that other packages name their formats in."""

_LONGEST_REASON = 200

NUMBER = OwnFormat("number", fast="number")
"""A payload that is a number and nothing else."""

PLAIN_TEXTS = (
    plain_text.STATE,
    plain_text.QUANTITY,
    plain_text.NAMED_QUANTITY,
    plain_text.COLLECTD,
    plain_text.CAYENNE,
    csv_rows.FORMAT,
    plain_text.PAIRS,
)
"""Texts for people, also within documents."""

TEXTS = (plain_text.STATE, line_protocol.FORMAT, *PLAIN_TEXTS[1:])
"""What is tried on a text that is no JSON and no number; words first, as every message with one is judged."""

PARSED = (json_text.FORMAT, cbor.FORMAT, message_pack.FORMAT)
"""What is parsed into a document."""

DOCUMENTS = (senml.FORMAT,)
"""What is tried on a document, whatever it was parsed from."""

BY_TOPIC = (sparkplug.FORMAT,)
"""What a topic alone tells."""

OURS: dict[str, OwnFormat] = {each.name: each for each in (NUMBER, *TEXTS, *DOCUMENTS, *BY_TOPIC, *PARSED)}
"""By their names; where several files read one format, any of them."""


class Others(NamedTuple):
    """The formats of other packages.

    Attributes:
        by_topic: those that say which topics they are for.
        last: those that are tried on what ours make nothing of.
    """

    by_topic: tuple[ForeignFormat, ...]
    last: tuple[ForeignFormat, ...]


@functools.cache
def others() -> Others:
    """The formats of other packages that are installed; looked for once in a process."""
    found: dict[str, ForeignFormat] = {}
    faulty: list[str] = []
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            each = ForeignFormat(loaded() if isinstance(loaded, type) else loaded)
            if each.name in OURS or each.name in found:
                raise ValueError(f"there is a format {each.name!r} already")
            found[each.name] = each
        except (Exception, SystemExit) as error:
            reason = printable(f"{type(error).__name__}: {error}", _LONGEST_REASON)
            faulty.append(f"{point.name} = {point.value} ({reason})")
    if faulty:
        log.warning("formats of other packages that cannot be used: %s", ", ".join(faulty))
    return Others(
        tuple(each for each in found.values() if each.has_topics),
        tuple(each for each in found.values() if not each.has_topics),
    )


def names() -> tuple[str, ...]:
    """The names of all formats."""
    return (*OURS, *(each.name for each in (*others().by_topic, *others().last)))
