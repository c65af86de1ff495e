"""The doctor: each way in which a line can fail to come, and what it says to do about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mqttwidgets import AutoDecoder, Broker, InvalidValueError, SensorStream
from mqttwidgets.__main__ import main
from mqttwidgets.demo.processes import free_port
from mqttwidgets.doctor import examination
from mqttwidgets.doctor.network import Visit, visiting
from mqttwidgets.doctor.report import Finding, Report

from ..support.certificates import lock_key, make_certificates
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.raw_broker import CONNACK, CONNECT, SUBSCRIBE, RawBroker, connack, suback
from ..support.waiting import wait_for


@contextmanager
def coming(broker: Mosquitto, *values: tuple[str, str]) -> Iterator[None]:
    """Messages that come twenty times a second."""
    publisher = PublisherProcess(broker.port, list(values) * 1000, rate_hz=20)
    try:
        yield
    finally:
        publisher.stop()


def findings(topic: str, broker: str | Broker, wait_s: float = 0.3, **options: Any) -> list[Finding]:
    """What the doctor says, the steps before the last all being well."""
    report = SensorStream(topic, broker, **options).doctor(wait_s)
    assert all(finding.is_well for finding in report.findings[:-1])
    assert all(str(finding) in repr(report) for finding in report.findings)
    return list(report.findings)


def cross(topic: str, broker: str | Broker, **options: Any) -> Finding:
    """The last finding, which is a cross."""
    last = findings(topic, broker, **options)[-1]
    assert not last.is_well
    return last


def test_a_healthy_way_from_the_name_to_the_number(mosquitto: Mosquitto) -> None:
    with coming(mosquitto, ("lab/oven", "Temperature: 180 °C")):
        way = findings("lab/#", f"mqtt://localhost:{mosquitto.port}", wait_s=20)
    assert [finding.step for finding in way] == [
        "Host name",
        "TCP",
        "MQTT",
        "Subscription to lab/#",
        "First message",
        "Numbers in it",
    ]
    assert way[-1] == Finding("Numbers in it", True, "lab/oven Temperature")
    wait_for(lambda: mosquitto.widgets_connected() == 0, what="the doctor to leave")


def test_a_running_stream_lends_its_connection(mosquitto: Mosquitto) -> None:
    broker = Broker.from_url(mosquitto.url, client_id="mine")
    with coming(mosquitto, ("lab/oven", "180")), SensorStream("lab/#", broker) as stream:
        assert stream.doctor(20).is_well
        assert not SensorStream("lab/nothing", broker).doctor(0.2).is_well
        assert stream.status == "live"
    assert sum(" as mine" in line for line in mosquitto.log().splitlines()) == 1


def test_what_failed_before_is_tried_again(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    with SensorStream("lab/#", mosquitto.url) as stream:
        wait_for(lambda: stream.status == "offline", what="an outage")
        time.sleep(4)  # so that the next try is some seconds off
        mosquitto.start()
        with coming(mosquitto, ("lab/oven", "180")):
            assert stream.doctor(20).is_well


def test_what_the_broker_had_kept_is_no_sign_of_life(mosquitto: Mosquitto) -> None:
    publish(mosquitto.port, [("lab/oven", "180")], retain=True)
    last = cross("lab/#", mosquitto.url)
    assert (last.step, last.text) == (
        "First message",
        "none within 0.3 s but what the broker had kept, on lab/oven",
    )


def test_a_device_whose_clock_is_hours_behind_is_a_cross(mosquitto: Mosquitto) -> None:
    payload = json.dumps({"time": time.time() - 5 * 3600, "temperature": 21.5})
    with coming(mosquitto, ("lab/garden", payload)):
        last = findings("lab/#", mosquitto.url)[-1]
    assert (last.step, last.is_well) == ("Times", False)
    assert last.text == "the newest sample on lab/garden was 5 h old when it came"
    assert "decoder=AutoDecoder(time='') draws by the time of arrival" in last.remedy
    with coming(mosquitto, ("lab/garden", payload)):
        assert SensorStream("lab/#", mosquitto.url, decoder=AutoDecoder(time="")).doctor(20).is_well


def test_a_shared_subscription_takes_nothing_from_its_group(mosquitto: Mosquitto) -> None:
    way = findings("$share/workers/jobs/#", mosquitto.url)
    assert way[3] == Finding("Subscription to jobs/#", True, "granted")


@pytest.mark.parametrize("wait_s", [-1, float("nan"), float("inf"), "60", None])
def test_a_wait_that_is_none(wait_s: Any) -> None:
    with pytest.raises(InvalidValueError, match="number of seconds"):
        SensorStream("a", "mqtt://broker.invalid").doctor(wait_s)


def test_an_interrupt_leaves_what_was_found() -> None:
    def interrupted() -> Iterator[Finding]:
        yield Finding("Host name", True, "pi")
        raise KeyboardInterrupt

    assert [finding.step for finding in Report.of(interrupted()).findings] == ["Host name", "Interrupted"]


def test_a_name_that_nobody_knows() -> None:
    last = cross("a", "mqtt://broker.invalid")
    assert (last.step, last.text) == ("Host name", "the host name 'broker.invalid' cannot be found")
    assert "spelt right" in last.remedy


def test_nothing_listens() -> None:
    last = cross("a", f"mqtt://127.0.0.1:{free_port()}")
    assert last.step == "TCP"
    assert "nothing listens" in last.text
    assert "Does the broker run" in last.remedy


def test_tls_with_an_unknown_authority(tls_broker: Mosquitto) -> None:
    last = cross("a", f"mqtts://127.0.0.1:{tls_broker.tls_port}")
    assert last.step == "TLS"
    assert "was not accepted" in last.text
    assert "ca_file=" in last.remedy


def test_tls_with_a_file_of_another_authority(tls_broker: Mosquitto, tmp_path: Path) -> None:
    another = make_certificates(tmp_path / "another") / "ca.pem"
    last = cross("a", Broker.from_url(f"mqtts://127.0.0.1:{tls_broker.tls_port}", ca_file=another))
    assert last.step == "TLS"
    assert "ca.pem is not the authority that signed" in last.remedy


def test_tls_under_another_name(tls_broker: Mosquitto, certificates: Path) -> None:
    broker = Broker.from_url(f"mqtts://localhost:{tls_broker.tls_port}", ca_file=certificates / "ca.pem")
    last = cross("a", broker)
    assert last.step == "TLS"
    assert "as the certificate has it" in last.remedy
    assert "server_name=" in last.remedy
    assert findings("a", replace(broker, server_name="127.0.0.1"))[2].is_well


@pytest.mark.parametrize(
    ("certificate", "key", "text", "remedy"),
    [
        (None, None, "wants a certificate of ours", "client_certificate="),
        ("client.pem", None, "client.pem holds no private key", "client_key="),
        ("client.pem", "server.key", "server.key is not that of the certificate", "client_key="),
        ("ca.key", "client.key", "ca.key holds no certificate in PEM format", "BEGIN CERTIFICATE"),
        ("client.pem", "locked.key", "locked.key asks for a pass phrase", "openssl pkey -in"),
    ],
)
def test_tls_that_wants_a_certificate_of_ours(
    tmp_path: Path, certificates: Path, certificate: str | None, key: str | None, text: str, remedy: str
) -> None:
    lock_key(certificates / "client.key", certificates / "locked.key")
    server = Mosquitto(tmp_path, certificates=certificates, require_client_certificate=True).start()
    try:
        broker = Broker.from_url(
            f"mqtts://127.0.0.1:{server.tls_port}",
            ca_file=certificates / "ca.pem",
            client_certificate=certificate and certificates / certificate,
            client_key=key and certificates / key,
        )
        last = cross("a", broker)
    finally:
        server.stop()
    assert text in last.text
    assert remedy in f"{last.text} {last.remedy}"
    assert "usual one" not in last.remedy, "the port is right"


def test_tls_that_is_not_verified_is_told(tls_broker: Mosquitto) -> None:
    way = findings("a", Broker.from_url(f"mqtts://localhost:{tls_broker.tls_port}", insecure=True))
    assert way[2].step == "TLS"
    assert "not verified (insecure=True)" in way[2].text
    assert "ca_file=" in way[2].remedy


def test_tls_with_a_certificate_that_has_expired(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "expired", begins_in_days=-3)
    broker = Mosquitto(tmp_path, certificates=certificates).start()
    try:
        url = f"mqtts://127.0.0.1:{broker.tls_port}"
        last = cross("a", Broker.from_url(url, ca_file=certificates / "ca.pem"))
    finally:
        broker.stop()
    assert last.step == "TLS"
    assert "expired" in last.text
    assert "must be renewed" in last.remedy


def test_tls_with_a_certificate_that_is_not_yet_valid(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "early", begins_in_days=1)
    broker = Mosquitto(tmp_path, certificates=certificates).start()
    try:
        url = Broker.from_url(f"mqtts://127.0.0.1:{broker.tls_port}", ca_file=certificates / "ca.pem")
        with SensorStream("a", url) as stream:
            wait_for(lambda: "was not accepted: certificate is not yet valid" in stream.status_text)
        last = cross("a", url)
    finally:
        broker.stop()
    assert last.step == "TLS"
    assert "not yet valid" in last.text
    assert "Is the clock of this computer right?" in last.remedy


def test_tls_on_a_port_without_it(tls_broker: Mosquitto) -> None:
    last = cross("a", f"mqtts://127.0.0.1:{tls_broker.port}")
    assert last.step == "TLS"
    assert "mqtt://" in last.remedy


def test_tls_that_is_well(tls_broker: Mosquitto, certificates: Path) -> None:
    broker = Broker.from_url(f"mqtts://127.0.0.1:{tls_broker.tls_port}", ca_file=certificates / "ca.pem")
    way = findings("a", broker)
    assert way[2].step == "TLS"
    assert "valid until" in way[2].text


def test_a_host_that_answers_but_not_with_mqtt() -> None:
    with RawBroker(lambda _packet: b"HTTP/1.1 400 Bad Request\r\n\r\n") as broker:
        last = cross("a", broker.url)
    assert last.step == "MQTT"
    assert last.text.startswith("127.0.0.1:")  # no word of a status, as in all other steps
    assert "not with MQTT" in last.text
    assert "The usual one is 1883" in last.remedy


def test_wrong_credentials_are_tried_once_and_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with RawBroker(lambda _packet: connack(5)) as broker:
        code = main(["doctor", f"mqtt://me:canary@127.0.0.1:{broker.port}", "a", "--wait", "1"])
        mqtt_connections = broker.connected - 1  # one is for looking whether anything listens
    said = capsys.readouterr().out
    assert (code, mqtt_connections) == (1, 1)
    assert "✗ MQTT: 127.0.0.1 does not admit the user 'me'" in said
    assert "canary" not in said


def test_a_refusal_that_comes_before_it_is_looked_for_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def visiting_until_refused(*arguments: Any) -> Iterator[list[Visit]]:
        with visiting(*arguments) as visits:
            wait_for(lambda: visits[0].subscription.link.status == "refused", what="the refusal")
            yield visits

    monkeypatch.setattr(examination, "visiting", visiting_until_refused)
    with RawBroker(lambda _packet: connack(5)) as broker:
        assert "does not admit" in cross("a", broker.url).text
        assert broker.connected - 1 == 1, "one is for looking whether anything listens"


def test_a_filter_that_is_refused_beside_one_that_is_granted() -> None:
    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        if packet[0] & 0xF0 != SUBSCRIBE:
            return b""
        places = {packet.find(name): code for name, code in ((b"secret", 0x80), (b"open", 0))}
        codes = [code for place, code in sorted(places.items()) if place >= 0] or [0]
        return bytes([0x90, 2 + len(codes), packet[2], packet[3], *codes])

    with RawBroker(answer) as broker:
        report = SensorStream(["secret/#", "open/#"], broker.url).doctor(0.2)
    by_step = {finding.step: finding for finding in report.findings}
    assert not by_step["Subscription to secret/#"].is_well
    assert "access list" in by_step["Subscription to secret/#"].remedy
    assert by_step["Subscription to open/#"].is_well
    assert "First message" in by_step


def test_silence_names_the_topics_that_do_come(mosquitto: Mosquitto) -> None:
    with coming(mosquitto, ("home/Kitchen/temperature", "21.5"), ("garage/door", "ON")):
        last = cross("home/kitchen/temperature", mosquitto.url)
    assert (last.step, last.text) == ("First message", "nothing came within 0.3 s")
    assert last.remedy.startswith("Other topics come: home/Kitchen/temperature, garage/door.")


def test_silence_everywhere(mosquitto: Mosquitto) -> None:
    assert "Nothing comes on # either" in cross("home/#", mosquitto.url).remedy


def test_silence_by_an_access_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mosquitto grants what its list hides, and sends nothing."""
    monkeypatch.setattr("mqttwidgets.live.stream_status.LONG_SILENT_S", 0.5)
    access_list = tmp_path / "access"
    access_list.write_text("topic write hidden/#\ntopic readwrite open/#\n")
    broker = Mosquitto(tmp_path, extra=[f"acl_file {access_list}"]).start()
    try:
        with coming(broker, ("hidden/oven", "180"), ("open/oven", "90")):
            with SensorStream("hidden/oven", broker.url) as stream:
                words = "Waiting for the first message on hidden/oven. None for "
                wait_for(lambda: words in stream.status_text)
                assert (stream.status, stream.ledger.received) == ("live", 0)
            last = cross("hidden/oven", broker.url)
    finally:
        broker.stop()
    assert (last.step, last.text) == ("First message", "nothing came within 0.3 s")
    assert last.remedy.startswith("Other topics come: open/oven.")
    assert "an access list may hide a topic" in last.remedy


def test_silence_where_all_topics_may_not_be_seen() -> None:
    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, 0x80 if b"#" in packet else 0) if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker:
        remedy = cross("home/a", broker.url).remedy
    assert remedy.startswith("Does the sensor publish now?")


def test_messages_without_a_number(mosquitto: Mosquitto) -> None:
    with coming(mosquitto, ("lab/log", "all is well")):
        last = cross("lab/log", mosquitto.url, wait_s=20)
    assert last.step == "Numbers in it"
    assert "none in “all is well”" in last.text
    assert "decoder=" in last.remedy


def test_numbers_that_nobody_asked_for(mosquitto: Mosquitto) -> None:
    with coming(mosquitto, ("lab/bme", '{"humidity": 40.5}')):
        last = cross("lab/bme", mosquitto.url, wait_s=20, fields=["*temperature"])
    assert "not among the fields asked for" in last.text


def test_a_decoder_that_raises(mosquitto: Mosquitto) -> None:
    with coming(mosquitto, ("lab/log", "x")):
        last = cross("lab/log", mosquitto.url, wait_s=20, decoder=lambda _topic, payload: float(payload))
    assert last.step == "Numbers in it"
    assert "ValueError" in last.text


def test_the_command_line(mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]) -> None:
    with coming(mosquitto, ("lab/oven", "180")):
        assert main(["doctor", mosquitto.url, "lab/#"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert all(line.startswith("✓") for line in said)
    assert threading.active_count() < 10
    with pytest.raises(SystemExit):
        main(["doctor", mosquitto.url, "lab/#/x"])
    assert "lab/#/x" in capsys.readouterr().err


def test_the_command_line_takes_what_tls_needs(
    tmp_path: Path, certificates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Mosquitto(tmp_path, certificates=certificates, require_client_certificate=True).start()
    try:
        where = ["doctor", f"mqtts://localhost:{server.tls_port}", "a", "--wait", "0.1", "--alpn", "mqtt"]
        ours = [
            "--client-certificate",
            str(certificates / "client.pem"),
            "--client-key",
            str(certificates / "client.key"),
        ]
        for trusting in (
            ["--ca-file", str(certificates / "ca.pem"), "--server-name", "127.0.0.1"],
            ["--insecure"],
        ):
            main([*where, *ours, *trusting])
            assert "✓ Subscription to a: granted" in capsys.readouterr().out
    finally:
        server.stop()


def test_a_terminal_that_knows_no_tick() -> None:
    command = [sys.executable, "-m", "mqttwidgets", "doctor", "mqtt://broker.invalid", "a"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "cannot be found" in done.stdout
