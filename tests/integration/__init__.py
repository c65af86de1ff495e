"""Tests against a real Mosquitto, and against a broker that misbehaves."""

from __future__ import annotations

from mqttwidgets import SensorStream

from ..support.waiting import wait_for


def live(stream: SensorStream) -> None:
    """Wait until a stream is subscribed."""
    wait_for(lambda: stream.status == "live", what=f"the stream to be live: {stream.status_text}")


def assert_adds_up(stream: SensorStream) -> None:
    """The Ledger's identity."""
    page = stream.ledger.page()
    reasons = (*page.skipped.values(), *page.undecodable.values(), *page.dropped.values())
    assert page.received == page.stored + page.waiting + sum(reasons)
