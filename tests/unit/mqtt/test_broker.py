"""A broker's address: what is accepted, what is refused in which words, and what is never shown."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import Broker, InvalidValueError, UnknownKeywordError
from mqttwidgets.mqtt.broker import broker_from


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://broker.local", Broker("broker.local", 1883)),
        ("MQTT://Broker.Local:1884/", Broker("broker.local", 1884)),
        ("mqtts://h", Broker("h", 8883, "mqtts")),
        ("ws://h/path/x", Broker("h", 80, "ws", path="/path/x")),
        ("wss://h", Broker("h", 443, "wss", path="/mqtt")),
        ("mqtt://u:p%40ss@h", Broker("h", username="u", password="p@ss")),
        ("mqtt://u@h", Broker("h", username="u")),
        ("mqtt://u:@h", Broker("h", username="u", password="")),
        ("mqtt://[2001:db8::1]:1885", Broker("2001:db8::1", 1885)),
        ("mqtt://192.0.2.7", Broker("192.0.2.7")),
        ("mqtt://bücher.example", Broker("bücher.example")),
    ],
)
def test_urls(url: str, expected: Broker) -> None:
    assert Broker.from_url(url) == expected


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("broker.local", "Did you mean 'mqtt://broker.local'"),
        ("broker.local:1883", "Did you mean 'mqtt://broker.local:1883'"),
        ("gopher://h", "mqtt, mqtts, ws, wss$"),
        ("tcp://h:1883", "write mqtt:// for tcp://$"),
        ("TLS://h", "write mqtts:// for tls://$"),
        ("mqtt://", "host is missing"),
        ("mqtt://h:0", "1 to 65535"),
        ("mqtt://h:99999", "1 to 65535"),
        ("mqtt://h:abc", "1 to 65535"),
        ("mqtt://foo..bar", "no host name"),
        ("mqtt://" + "x" * 64, "no host name"),
        ("mqtt://a b", "no host name"),
        ("mqtt://2001:db8::1", "brackets"),
        ("mqtt://[2001:db8::1", "not closed"),
        ("mqtt://h/topic", "argument of its own"),
        ("mqtt://u:50%@h", "%25"),
    ],
)
def test_a_wrong_url_is_refused_in_words(url: str, hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        Broker.from_url(url)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"protocol": "4"}, "3.1.1, 5"),
        ({"scheme": "tcp"}, "mqtt, mqtts, ws, wss"),
        ({"keepalive_s": 0}, "1 to 65535"),
        ({"port": True}, "1 to 65535"),
        ({"password": "x"}, "user name"),
        ({"username": 5}, "username is a text"),
        ({"client_id": b"x"}, "client_id is a text"),
        ({"username": "a\ud800"}, "control character"),
        ({"path": "/x\r\nHost: y"}, "control character"),
        ({"path": "mqtt"}, "begins with '/'"),
        ({"path": None}, "begins with '/'"),
        ({"ca_file": 3}, "path of a file"),
        ({"ca_file": "/nowhere.pem"}, "needs TLS"),
        ({"ca_file": "/nowhere.pem", "scheme": "mqtts"}, "no file '/nowhere.pem'"),
        ({"headers": {"A": "b"}}, "headers needs a WebSocket"),
        ({"headers": [("A", "b")], "scheme": "ws"}, "headers is a mapping"),
        ({"headers": {"A b": "c"}, "scheme": "ws"}, "'A b' is no name"),
        ({"headers": {1: "c"}, "scheme": "ws"}, "'int' is no name"),
        ({"headers": {"A": 5}, "scheme": "ws"}, "the value of A is a text, not a int"),
        ({"headers": {"A": "b\r\nHost: c"}, "scheme": "ws"}, "the value of A holds more than visible ASCII"),
        ({"headers": {"sec-websocket-key": "b"}, "scheme": "ws"}, "belongs to the handshake"),
        ({"headers": {"A": "b", "a": "c"}, "scheme": "ws"}, "one name twice"),
        ({"headers": {"A": "b" * 9000}, "scheme": "ws"}, "longer than 8,192 bytes"),
        ({"alpn": "mqtt"}, "alpn needs TLS"),
        ({"alpn": "", "scheme": "mqtts"}, "name of one protocol, such as 'mqtt'"),
        ({"alpn": ["mqtt"], "scheme": "mqtts"}, "alpn is a text, not a list"),
        ({"server_name": "b.example"}, "server_name needs TLS"),
        ({"server_name": "", "scheme": "wss"}, "server_name is a host name"),
        ({"server_name": "a b", "scheme": "wss"}, "no host name"),
        ({"insecure": True}, "insecure needs TLS"),
        ({"insecure": 1, "scheme": "mqtts"}, "insecure is True or False"),
    ],
)
def test_a_wrong_option_is_refused_in_words(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        Broker("h", **options)


def test_a_path_object_is_a_file(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    assert Broker("h", scheme="mqtts", ca_file=authority).ca_file == str(authority)


def test_the_password_is_never_shown() -> None:
    broker = Broker.from_url("mqtts://me:canary@h")
    assert repr(broker) == "Broker('mqtts://me:***@h:8883')"
    assert "canary" not in f"{broker} {broker!r}"
    for wrong in (
        "mqtt://me:canary@foo..bar",
        "mqtt://me:canary@h:0",
        "mqtt://me:canary@h/topic",
        "me:canary@h",
        "mqtt://me:canary/x@h",
        "ws://me:canary/x@h",
    ):
        with pytest.raises(InvalidValueError) as caught:
            Broker.from_url(wrong)
        assert "canary" not in "".join(traceback.format_exception_only(caught.value))


def test_a_query_is_not_shown() -> None:
    assert str(Broker.from_url("wss://h/mqtt?signature=canary")) == "wss://h:443/mqtt?…"


def test_an_unknown_option_is_refused_with_its_neighbour() -> None:
    with pytest.raises(UnknownKeywordError, match="did you mean 'ca_file'"):
        Broker.from_url("mqtts://h", cafile="x")


def test_the_constructor_names_what_it_accepts() -> None:
    with pytest.raises(UnknownKeywordError, match=r"did you mean 'headers'.*server_name, insecure"):
        Broker("h", header={"A": "b"})  # type: ignore[call-arg]


def test_no_value_of_a_header_is_shown() -> None:
    broker = Broker.from_url("ws://h", headers={"Authorization": "Bearer canary", "X-Key": "canary"})
    assert broker.headers is not None
    assert dict(broker.headers) == {"Authorization": "Bearer canary", "X-Key": "canary"}
    assert repr(broker.headers) == "Headers({'Authorization': ***, 'X-Key': ***})"
    assert "canary" not in f"{broker} {broker!r} {vars(broker)}"
    for headers in ({"A": "canary\n"}, {"A": b"canary"}, {"A": "canary" * 2000}, "canary", {"Upgrade": "canary"}):
        with pytest.raises(InvalidValueError) as caught:
            Broker.from_url("ws://h", headers=headers)
        assert "canary" not in str(caught.value)


def test_what_is_not_verified_says_so() -> None:
    broker = Broker.from_url("mqtts://h", insecure=True)
    assert repr(broker) == "Broker('mqtts://h:8883', insecure=True)"
    assert "not verified" in broker.caution
    assert Broker.from_url("mqtts://h").caution == ""


@pytest.mark.parametrize("options", [{}, {"headers": {"A": "b", "C": "d"}, "server_name": "b.example"}])
def test_a_broker_is_a_value(options: dict[str, Any]) -> None:
    broker = Broker.from_url("wss://me:secret@h", **options)
    assert pickle.loads(pickle.dumps(broker)) == broker  # noqa: S301 - our own
    assert {broker: 1}[Broker.from_url("wss://me:secret@h", **options)] == 1
    assert broker != Broker.from_url("wss://me:secret@h", headers={"A": "other"})


def test_the_environment_names_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MQTTWIDGETS_BROKER", raising=False)
    assert broker_from(None) == Broker("localhost", 1883)
    monkeypatch.setenv("MQTTWIDGETS_BROKER", "mqtt://h:1999")
    assert broker_from(None) == Broker("h", 1999)
    assert broker_from(Broker("x")) == Broker("x")
    with pytest.raises(InvalidValueError, match="URL, a Broker or None"):
        broker_from(5)  # type: ignore[arg-type]


@given(st.text())
def test_any_text_is_a_broker_or_refused(text: str) -> None:
    try:
        broker = Broker.from_url(text)
    except InvalidValueError:
        return
    assert broker.host


PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(PRINTABLE.filter(bool), PRINTABLE)
def test_user_and_password_survive_a_url(user: str, password: str) -> None:
    from urllib.parse import quote

    try:
        url = f"mqtt://{quote(user, safe='')}:{quote(password, safe='')}@h"
    except UnicodeEncodeError:
        return
    broker = Broker.from_url(url)
    assert (broker.username, broker.password) == (user, password)
