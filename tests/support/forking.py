"""A process with a live stream that forks, and what its child finds.

Run as a program with the name of a scene and a broker's port, it prints what was found as JSON. It is a process of
its own, as a fork copies whatever the process of the tests holds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mqttwidgets import SensorStream

from .waiting import wait_for

Found = dict[str, Any]

MESSAGES = 300
"""Numbers that whoever plays a scene publishes on the topic a."""


def play(scene: str, port: int) -> Found:
    """Play a scene in a process of its own; what was found."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore::DeprecationWarning",
        "-m",
        "tests.support.forking",
        scene,
        str(port),
    ]
    done = subprocess.run(
        command, cwd=Path(__file__).parent.parent.parent, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    found: Found = json.loads(done.stdout)
    return found


def in_child(look: Callable[[], Found]) -> Found:
    """What `look` finds in a forked process, and how long that took from fork to exit."""
    reader, writer = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.write(writer, json.dumps(look()).encode())
        os.close(writer)
        sys.exit()
    os.close(writer)
    try:
        wait_for(lambda: os.waitpid(child, os.WNOHANG)[0], what="the child to end")
    except AssertionError:
        os.kill(child, 9)
        os.waitpid(child, 0)
        raise
    with os.fdopen(reader, "rb") as pipe:
        return {"took_s": time.monotonic() - began, **json.loads(pipe.read())}


def look_at(stream: SensorStream) -> Found:
    """What a child finds in its copy of a stream, which it then stops."""
    found = {
        "status": stream.status,
        "text": stream.status_text,
        "values": stream.to_pandas().value.tolist(),
        "adds_up": stream.ledger.received == stream.ledger.stored + stream.ledger.waiting,
    }
    stream.stop()
    return found


def receiving(stream: SensorStream) -> Found:
    """A child while messages come, of which the parent must miss none."""
    wait_for(lambda: stream.ledger.stored > 20)
    child = in_child(lambda: look_at(stream))
    return {"child": child, **to_the_end(stream)}


def starting(stream: SensorStream) -> Found:
    """A child that starts its copy, and sets its topic before."""

    def look() -> Found:
        stream.topic = ["a", "b"]
        before = [stream.status, stream.topic]
        stream.start()
        with stream:  # which starts it once more
            wait_for(lambda: stream.status == "live")
            had = stream.ledger.stored
            wait_for(lambda: stream.ledger.stored > had + 20)
        series = stream.series["a", ""]
        return {"before": before, "after": stream.status_text, "gaps": len(series.cut().gaps)}

    wait_for(lambda: stream.ledger.stored > 20)
    child = in_child(look)
    return {"child": child, **to_the_end(stream)}


def held(stream: SensorStream) -> Found:
    """A child while another thread, which the child lacks, reads the stream for long."""
    reads, may_end = threading.Event(), threading.Event()

    def read() -> None:
        with stream.reading():
            reads.set()
            may_end.wait()

    wait_for(lambda: stream.ledger.stored > 20)
    reader = threading.Thread(target=read)
    reader.start()
    reads.wait()
    try:
        child = in_child(lambda: look_at(stream))
    finally:
        may_end.set()
        reader.join()
    return {"child": child, **to_the_end(stream)}


def often(stream: SensorStream) -> Found:
    """Children at any moment, while another thread decodes and reads all the time."""
    has_ended = threading.Event()
    stream.to_pandas()  # as a fork while another thread imports pandas is beyond us

    def read() -> None:
        while not has_ended.is_set():
            stream.to_pandas()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        children = [in_child(lambda: look_at(stream)) for _ in range(6)]
    finally:
        has_ended.set()
        reader.join()
    return {"children": children, **to_the_end(stream)}


def by_multiprocessing(stream: SensorStream) -> Found:
    """A child as multiprocessing makes it."""
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    wait_for(lambda: stream.ledger.stored > 20)
    began = time.monotonic()
    process = context.Process(target=lambda: results.put(look_at(stream)))
    process.start()
    process.join(10)
    return {"child": {"took_s": time.monotonic() - began, **results.get()}, **to_the_end(stream)}


def to_the_end(stream: SensorStream) -> Found:
    """What the parent has when all has come."""
    wait_for(lambda: stream.ledger.stored == MESSAGES)
    series = stream.series["a", ""]
    return {"values": series.value.tolist(), "gaps": len(series.cut().gaps), "status": stream.status}


def main(scene: str, port: int) -> None:
    stream = SensorStream("a", f"mqtt://127.0.0.1:{port}")
    with stream:
        wait_for(lambda: stream.status == "live")
        print(json.dumps(globals()[scene](stream)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
