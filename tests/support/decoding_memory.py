"""What a decoder remembers, made to grow by every kind of message, each in a way of its own.

Run as a program with a kind's name and an amount in megabytes, it decodes as much traffic of that kind in a
process of its own, and prints what that took as JSON: only there the memory that was ever used is known.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mqttwidgets import AutoDecoder, SensorStream, decode
from mqttwidgets.base.model import Message
from mqttwidgets.base.patterns import LONGEST_TOPIC

NOW = 1_795_000_000.0

Traffic = Iterator[tuple[str, bytes]]
"""(topic, payload)."""


class Took(NamedTuple):
    """What traffic took, in megabytes beyond what the process had before.

    Attributes:
        kept_mb: physical memory when all was over.
        most_mb: the most there ever was.
        counted_mb: what the decoder's budget counted at the end.
        messages: how many there were.
    """

    kept_mb: float
    most_mb: float
    counted_mb: float
    messages: int


def varint(number: int) -> bytes:
    """A number on protobuf's wire."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def certificate(names: Iterator[bytes], alias: int = 0) -> bytes:
    """A birth certificate with a double for each name."""
    metrics = []
    for number, name in enumerate(names, alias):
        metric = b"\x0a" + varint(len(name)) + name + b"\x10" + varint(number) + b"\x20\x0a\x69" + bytes(8)
        metrics.append(b"\x12" + varint(len(metric)) + metric)
    return b"\x08" + varint(int(NOW * 1e3)) + b"".join(metrics)


def long_tags() -> Traffic:
    """Line protocol with a long tag, which stands in the name of every field, as another one was there before."""
    fields = ",".join(f"f{at}=1" for at in range(450))
    for number in itertools.count():
        for tag in ("first", "x" * 900):
            yield f"influx/{number}", f"m,a={tag}{number} {fields}".encode()


def long_tags_on_one_topic() -> Traffic:
    """Line protocol whose keys and tags are others each time."""
    for number in itertools.count():
        points = (f"m,tag={number}{'y' * 3_900}{at} k{number}x{at}=1" for at in range(20))
        yield f"tags/{number % 500}", "\n".join(points).encode()


def tables() -> Traffic:
    """CSV, as many numbers as fit into what is kept to be explained."""
    for number in itertools.count():
        yield f"csv/{number}", b"1," * 1_990 + b"%d" % number


def documents() -> Traffic:
    """JSON of shapes that are others on each topic, three messages of each, so that readers are compiled."""
    for number in itertools.count():
        shape = ",".join(f'"key{number}x{at}":{{"v":%d.5}}' for at in range(60))
        for value in range(3):
            yield f"json/{number}", ("{" + shape.replace("%d", str(value)) + "}").encode()


def large_documents() -> Traffic:
    """JSON with few numbers and long texts that never change."""
    for number in itertools.count():
        for value in range(3):
            yield f"long/{number}", b'{"v":%d.5,"name":"%s%d"}' % (value, b"n" * 100_000, number)


def texts() -> Traffic:
    """Texts of keys and values, for each of which an expression is compiled."""
    for number in itertools.count():
        words = ", ".join(f"quantity {number} {at}" + ": %d.5" for at in range(35))
        for value in range(3):
            yield f"text/{number}", words.replace("%d", str(value)).encode()


def many_names() -> Traffic:
    """JSON with other names each time, on a few topics."""
    for number in itertools.count():
        yield f"names/{number % 2_000}", json.dumps({f"n{number}y{at}" * 9: at for at in range(40)}).encode()


def births() -> Traffic:
    """Certificates of edge nodes that are others each time."""
    for number in itertools.count():
        yield f"spBv1.0/g/NBIRTH/{number}", certificate(b"metric %d %d" % (number, at) for at in range(100))


def long_level(number: int, topic: str = "{}") -> str:
    """A topic as long as it may be to be read, by one of its levels, which is another one for each number."""
    return topic.format(str(number).zfill(LONGEST_TOPIC - len(topic.format(""))))


def births_of_long_devices() -> Traffic:
    """Certificates of devices whose names are as long as a topic leaves room for."""
    for number in itertools.count():
        yield long_level(number, "spBv1.0/g/DBIRTH/n/{}"), certificate(iter([b"T"]))


def births_of_many_groups() -> Traffic:
    """Certificates and their data, each of a group of its own."""
    for number in itertools.count():
        yield f"spBv1.0/g{number}/NBIRTH/n", certificate(b"metric %d" % at for at in range(10))
        yield f"spBv1.0/g{number}/NDATA/n", bytes.fromhex("12071005650000b041")


def data_that_waits() -> Traffic:
    """Sparkplug's data of nodes that are never born, some of them often."""
    for number in itertools.count():
        padding = bytes([0x22, 100]) + bytes(100)
        yield f"spBv1.0/g{number % 7}/NDATA/{number}", bytes.fromhex("12071005650000b041") + padding
        yield f"spBv1.0/g/DDATA/n/{number % 300}", bytes.fromhex("12071005650000b041") + padding


def homie_units() -> Traffic:
    """Units of Homie's properties, with long names."""
    for number in itertools.count():
        yield f"homie/{number}{'d' * 900}/t/$unit", b"V"


def discovered_units() -> Traffic:
    """Home Assistant's discovery of devices with as many sensors as are looked at."""
    for number in itertools.count():
        sensors = {
            f"{at}": {"stat_t": f"dev{number}/{at}", "unit_of_meas": "V", "p": "sensor"} for at in range(200)
        }
        yield f"homeassistant/device/{number}/config", json.dumps({"cmps": sensors}).encode()


def bridge_devices() -> Traffic:
    """zigbee2mqtt's list of devices, of ever other bridges."""
    for number in itertools.count():
        exposes = [
            {"property": f"p{at}", "label": f"Property {at} of {number}", "unit": "V", "filling": "x" * 200}
            for at in range(50)
        ]
        devices = [{"friendly_name": f"device {at}", "definition": {"exposes": exposes}} for at in range(20)]
        yield f"base{number}/bridge/devices", json.dumps(devices).encode()


def metas() -> Traffic:
    """The meta of controls, each attribute on a topic of its own."""
    for number in itertools.count():
        control = f"/devices/d{number // 100}/controls/c{number}"
        for attribute, text in (("type", "voltage"), ("units", "mV"), ("name", f"Voltage {number}")):
            yield f"{control}/meta/{attribute}", text.encode()


def long_topics() -> Traffic:
    """Numbers on topics as long as they may be to be read."""
    for number in itertools.count():
        yield long_level(number), b"21.5"


def unread() -> Traffic:
    """Texts without a number, on long topics."""
    for number in itertools.count():
        yield long_level(number), b"words " * 600


def numbers() -> Traffic:
    """Plain numbers on ever new topics, again and again, so that each has a reader."""
    for number in itertools.count():
        for _ in range(3):
            yield f"house{number}/t", b"21.5"


def padded_documents() -> Traffic:
    """JSON that is read fast, with a lot of nothing around it."""
    for number in itertools.count():
        for value in range(5):
            yield f"padded/{number % 50}", b'{"t":%d.5%s}' % (value + number, b" " * 900_000)


def brackets() -> Traffic:
    """JSON of a megabyte that is all containers."""
    for inner in itertools.cycle((b"[],", b"{},", b'{"":0},', b'"",')):
        yield "brackets", b"[" + inner * (999_000 // len(inner)) + b"0]"


def long_keys() -> Traffic:
    """Keys that are as long as a message."""
    for number in itertools.count():
        yield "keys", b'{"%07d%s":1}' % (number, b"k" * 20_000)


def devices_and_lists() -> Traffic:
    """Topics with devices, and arrays of such, of which each message names others."""
    for number in itertools.count():
        name = b"%d" % number
        yield (
            f"devices/{number}",
            b'{"id":"%s","room":"r%s","t":1,"s":[{"name":"n%s","t":1}]}' % (name, name, name),
        )
        yield f"devices/{number % 100}", b'{"id":"%s","l%s":[{"id":"a","t":1},{"id":"b","t":2}]}' % (name, name)


def names_that_are_documents() -> Traffic:
    """Arrays of one object whose name is a large array."""
    for number in itertools.count():
        yield f"named/{number}", b'[{"id":"A1","t":1,"name":["%s"]}]' % (b"z" * 20_000)


KINDS: dict[str, Callable[[], Traffic]] = {
    make.__name__: make
    for make in (
        long_tags,
        long_tags_on_one_topic,
        tables,
        documents,
        large_documents,
        texts,
        many_names,
        births,
        births_of_long_devices,
        births_of_many_groups,
        data_that_waits,
        homie_units,
        discovered_units,
        bridge_devices,
        metas,
        long_topics,
        unread,
        numbers,
        padded_documents,
        brackets,
        long_keys,
        devices_and_lists,
        names_that_are_documents,
    )
}


def everything() -> Traffic:
    """All kinds in turn, of large messages a few."""
    others = (make() for name, make in KINDS.items() if name != "everything")
    for number, messages in enumerate(zip(*others, strict=True)):
        yield from (each for each in messages if number % 500 == 0 or len(each[1]) < 100_000)


KINDS["everything"] = everything


def took(kind: str, megabytes: float, timeout_s: float = 600) -> Took:
    """What traffic of a kind takes in a process that has a stream of it."""
    command = [sys.executable, "-m", "tests.support.decoding_memory", kind, str(megabytes)]
    done = subprocess.run(
        command, cwd=Path(__file__).parent.parent.parent, capture_output=True, text=True, timeout=timeout_s
    )
    assert done.returncode == 0, done.stderr
    return Took(**json.loads(done.stdout))


def _physical_mb(name: str) -> float:
    """VmRSS or VmHWM, see proc(5)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0]) / 1024


def _main(kind: str, megabytes: float) -> None:
    stream = SensorStream("#", "mqtt://broker.invalid")
    for topic, payload in itertools.islice(everything(), 100):
        if len(payload) < 10_000 and len(topic) < 1_000:  # so that all is imported
            decode(topic, payload, received_at=NOW)
    before_kept, before_most = _physical_mb("VmRSS"), _physical_mb("VmHWM")
    sent = messages = 0
    for topic, payload in KINDS[kind]():
        stream.deliver(Message(topic, payload, 0, False, NOW))
        stream.drain()
        sent, messages = sent + len(topic) + len(payload), messages + 1
        if sent >= megabytes * 1e6:
            break
    decoder = stream._decoder  # noqa: SLF001 - what is counted cannot be seen from outside
    assert isinstance(decoder, AutoDecoder)
    counted = decoder._memory.budget.held_bytes / 1e6  # noqa: SLF001
    found = Took(_physical_mb("VmRSS") - before_kept, _physical_mb("VmHWM") - before_most, counted, messages)
    print(json.dumps(found._asdict()))


if __name__ == "__main__":
    _main(sys.argv[1], float(sys.argv[2]))
