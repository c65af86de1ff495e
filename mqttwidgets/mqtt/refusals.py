"""Why a broker says no by a reason code, in words, and how long to wait before the next try."""

from __future__ import annotations

import random

from ..base.text import duration, printable
from .broker import Broker
from .echoes import said_by
from .reason_codes import NAMES

LONGEST_DELAY_S = 30.0
_KEPT = (
    "the broker kept what came with QoS 1 or 2, as far as it had room; what has no time of its own stands where "
    "it arrived"
)

BROKE_PROTOCOL = "the broker broke the protocol"
_LONGEST_REASON = 120

WAITS_FOR_USER = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x8E})
"""CONNACK and DISCONNECT reason codes (MQTT 5, section 2.4) that trying again does not cure."""

DISCONNECTS_FOR_USER = WAITS_FOR_USER | {0x8F, 0x9D, 0x9E, 0xA1, 0xA2}
"""Reason codes of a DISCONNECT likewise: the same subscription would end the same way, or the server has moved."""


def retry_delay_s(outage_s: float, attempt: int, recurs: bool = False) -> float:
    """Seconds to wait before the next attempt: 1, 2, then a quarter of the outage so far, 30 at most.

    The wait grows with the outage, so that a short outage is noticed ending within seconds and a long one
    costs the broker little; jitter keeps many clients from returning in one instant. Where the broker is there
    and ends each session, no wait is shorter than the one before: 1, 2, 4, 8, 16, 30.

    Args:
        outage_s: seconds since the link was lost.
        attempt: failed attempts since then, 1 for the first.
        recurs: whether the broker ended the session, by its will or by its fault.
    """
    if attempt <= 2:
        return float(attempt)
    jitter = random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, keeps no secret
    if recurs:
        return min(LONGEST_DELAY_S, 2.0 ** min(attempt - 1, 10)) * jitter
    return max(1.0, min(LONGEST_DELAY_S, outage_s / 4) * jitter)


def violation_in_words(rule: str) -> str:
    """How a broker broke the protocol.

    Args:
        rule: what came, and the clause that forbids it.
    """
    return f"{BROKE_PROTOCOL}: {rule}"


def goodbye_in_words(code: int, reason: str, reference: str, broker: Broker) -> str:
    """Why the broker ended the session with a DISCONNECT (MQTT 5, section 3.14).

    Args:
        code: the reason code.
        reason: what else it says, or `""`.
        reference: the server to use in its place, or `""`.
        broker: who said it.
    """
    if code in (0x86, 0x87, 0x8E):
        return refusal_in_words(code, NAMES[code], broker, reason)
    if code == 0x8D:
        return f"no answer from {broker.host} any more: it says that it heard nothing from us"
    why = NAMES[code] + _in_brackets(reason, broker)
    text = f"{broker.host} ended the session: {why}"
    return f"{text}; it names {said_by(broker, reference, _LONGEST_REASON)}" if reference else text


def refusal_in_words(code: int, name: str, broker: Broker, reason: str = "") -> str:
    """Why the broker said no, and what the user can do.

    Args:
        code: the reason code, in MQTT 5's numbering.
        name: its name in the standard.
        broker: who said it.
        reason: what else it says, or `""`.
    """
    why = name[:1].lower() + name[1:] + _in_brackets(reason, broker)
    if code in (0x86, 0x87):
        who = f"the user {printable(broker.username)!r}" if broker.username else "clients without a user name"
        return (
            f"{broker.host} does not admit {who} ({why}). Not tried again, so that no account is "
            "locked: correct user and password in the URL, and run it again."
        )
    if code == 0x84:
        return f"{broker.host} does not speak MQTT {broker.protocol}: try the other protocol, then start."
    if code == 0x8E:
        return f"another client took over the client id {printable(broker.client_id or '')!r}: choose another."
    return f"{broker.host} refused the connection: {why}."


def _in_brackets(reason: str, broker: Broker) -> str:
    return f" ({said_by(broker, reason, _LONGEST_REASON)})" if reason else ""


def return_in_words(outage_s: float | None, broker: Broker, *, has_our_session: bool) -> str:
    """What a link that is up, or up again, means for what was sent meanwhile; `""` where there is nothing to say.

    Args:
        outage_s: seconds since something last came; None where the link is up for the first time.
        broker: where it is up again.
        has_our_session: whether the broker says so (Session Present).
    """
    if outage_s is None:
        return f"The broker had our session: {_KEPT}." if has_our_session and broker.is_persistent else ""
    back = f"The link was down for {duration(outage_s)}"
    if not broker.is_persistent:
        return f"{back}: what was sent meanwhile is missing."
    if has_our_session:
        return f"{back}: {_KEPT}."
    return f"{back}, and the broker has lost our session: messages may be missing."
