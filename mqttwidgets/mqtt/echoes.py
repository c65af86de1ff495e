"""What a broker says, without our secrets: some echo what they were sent, and what they say is shown and saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from ..base.text import printable
from .broker import Broker

_SHORTEST = 4  # a shorter one is in many a word, which would tell it
_SHORTEST_OF_A_HEADER = 8  # of the words in one, as shorter ones are such as "Bearer"


def said_by(broker: Broker, text: str, limit: int) -> str:
    """What a broker says, as it may be shown.

    Args:
        broker: whose password, headers and query of the path are left out, also percent-encoded.
        text: as it came, whole, as half a secret is not found.
        limit: the greatest number of characters returned.

    Example:
        >>> said_by(Broker("broker.local", username="me", password="s3cr3t"), "s3cr3t is wrong", 80)
        '*** is wrong'
    """
    for secret in sorted(set(_secrets(broker)), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            for written in (secret, quote(secret, safe="")):
                text = text.replace(written, "***")
    return printable(text, limit)


def _secrets(broker: Broker) -> Iterator[str]:
    yield broker.password or ""
    query = broker.path.partition("?")[2]
    yield query
    for pair in query.split("&"):
        yield pair.partition("=")[2]
    for value in (broker.headers or {}).values():
        yield value
        yield from (word for word in re.split(r"[\s;,=]+", value) if len(word) >= _SHORTEST_OF_A_HEADER)
