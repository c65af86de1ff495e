"""The queue between the threads, and the identity that holds at every moment."""

from __future__ import annotations

import threading

import pytest

from mqttwidgets import Message, SensorStream
from mqttwidgets.live.inbox import CAPACITY, LARGEST_PAYLOAD_BYTES, Inbox, Mark
from mqttwidgets.live.ledger import LedgerPage

from ...support.feeding import message


def adds_up(page: LedgerPage) -> bool:
    """The Ledger's identity."""
    reasons = (*page.skipped.values(), *page.undecodable.values(), *page.dropped.values())
    return page.received == page.stored + page.waiting + sum(reasons)


def test_what_does_not_fit_is_counted() -> None:
    inbox = Inbox(capacity=4)
    signals = [inbox.put(message("t", b"1")) for _ in range(6)]
    assert signals == [False, True, True, True, True, True]
    inbox.put(message("t", bytes(LARGEST_PAYLOAD_BYTES + 1)))
    counts = inbox.counts()
    assert (counts.received, counts.waiting) == (7, 4)
    assert counts.dropped == {"came faster than they could be read": 2, "over 1 MB": 1}
    assert inbox.unread(10).items[4:] == [Mark.GAP]


def test_gaps_stand_between_messages_and_need_no_room() -> None:
    inbox = Inbox(capacity=2)
    inbox.put(message("t", b"1"))
    inbox.mark_gap()
    inbox.mark_gap()
    inbox.put(message("t", b"2"))
    assert [item if item is Mark.GAP else item.payload for item in inbox.unread(10).items] == [
        b"1",
        Mark.GAP,
        b"2",
    ]
    assert inbox.counts().waiting == 2


def test_what_was_taken_out_is_to_be_read_until_somebody_begins_with_it() -> None:
    inbox = Inbox()
    inbox.put(message("t", b"1"), message("t", b"2"))
    unread = inbox.unread(1)
    assert len(unread.items) == 2
    assert inbox.unread(1) is unread
    unread.at = 1
    inbox.put(message("t", b"3"))
    assert (inbox.counts().waiting, inbox.counts().begun, inbox.has_items) == (2, 1, True)
    unread.at = 2
    assert [item.payload for item in inbox.unread(1).items if item is not Mark.GAP] == [b"3"]


def test_every_fate_is_counted_once() -> None:
    stream = SensorStream("#", max_series=2)
    payloads = [b"1", b"x: 2", b"", b"null", b"{", b'{"a": 1, "b": 2}', bytes(LARGEST_PAYLOAD_BYTES + 1)]
    for number, payload in enumerate(payloads):
        stream.deliver(message(f"t{number}", payload))
    page = stream.ledger.page()
    assert adds_up(page)
    assert (page.received, page.stored, page.waiting) == (7, 2, 0)
    assert page.skipped == {"empty": 1, "no value (nan, null)": 1}
    assert page.undecodable == {"not valid JSON": 1}
    assert page.dropped == {"beyond 2 series (max_series= allows more)": 1, "over 1 MB": 1}
    assert stream.left_out == (("t5", "/a"), ("t5", "/b"))
    assert list(page.not_plotted) != []
    assert "7 messages received, 2 stored, 0 waiting" in str(stream.ledger.page())
    assert repr(stream.ledger) == str(stream.ledger.page())


def test_the_ledgers_mappings_cannot_be_changed() -> None:
    stream = SensorStream("#")
    with pytest.raises(TypeError):
        stream.ledger.skipped["x"] = 1  # type: ignore[index]


@pytest.mark.timeout(60)
def test_the_identity_holds_while_threads_deliver_and_read() -> None:
    stream = SensorStream("#", history=1000)
    payloads = [b"1", b"", b"{", b"idle", b'{"a": 1}']
    done = threading.Event()

    def deliver(name: str) -> None:
        for number in range(20_000):
            stream.deliver(message(f"{name}/{number % 3}", payloads[number % 5]))

    writers = [threading.Thread(target=deliver, args=(name,)) for name in "ab"]
    reader = threading.Thread(target=lambda: [stream.series for _ in iter(done.is_set, True)])
    for thread in (*writers, reader):
        thread.start()
    try:
        while any(writer.is_alive() for writer in writers):
            assert adds_up(stream.ledger.page())
    finally:
        done.set()
        for thread in (*writers, reader):
            thread.join()
    page = stream.ledger.page()
    assert adds_up(page)
    assert (page.received, page.stored, page.waiting) == (40_000, 16_000, 0)


def test_a_half_full_inbox_is_drained_by_who_delivers() -> None:
    decoded_in = set[str]()

    def note(_topic: str, _payload: bytes) -> float:
        decoded_in.add(threading.current_thread().name)
        return 1.0

    stream = SensorStream("#", decoder=note, history=10)

    def deliver() -> None:
        for _ in range(CAPACITY + 1000):
            stream.deliver(message("t", b"1"))

    network = threading.Thread(target=deliver, name="network")
    network.start()
    network.join()
    assert decoded_in == {"network"}
    assert stream.ledger.stored == CAPACITY + 1000


def test_messages_are_values() -> None:
    assert message("t", b"1", at=5.0) == Message("t", b"1", 0, False, 5.0)
