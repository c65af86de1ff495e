"""Passwords of a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from mqttwidgets.base.errors import InvalidValueError
from mqttwidgets.mqtt.broker import Broker
from mqttwidgets.mqtt.passwords import VARIABLE, masked, with_password

HARD = "p:/@%&# ä'\""


@pytest.mark.parametrize("scheme", ["mqtt://me@h", "mqtts://me@[::1]:8883", "wss://me%40home@h/mqtt"])
def test_a_password_comes_from_the_environment_or_a_file(
    scheme: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, HARD)
    (tmp_path / "file").write_text(f"{HARD}!\nsecond line\n", "utf-8")
    found = Broker.from_url(with_password(scheme, None))
    assert (found.password, found.username) == (HARD, Broker.from_url(scheme).username)
    assert Broker.from_url(with_password(scheme, str(tmp_path / "file"))).password == f"{HARD}!"


@pytest.mark.parametrize("url", ["mqtt://h", "mqtt://me:own@h", "ws://h/a@b"])
def test_a_url_without_a_user_or_with_a_password_stays_as_it_is(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, "other")
    assert with_password(url, None) == url
    with pytest.raises(InvalidValueError, match="a URL with a user"):
        with_password(url, str(tmp_path))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    for name, reason in (("none", "No such file"), ("bytes", "no text"), ("", "directory")):
        with pytest.raises(InvalidValueError, match=reason):
            with_password("mqtt://me@h", str(tmp_path / name))


@pytest.mark.parametrize(
    "argument",
    [
        "mqtt:/me:canary@h",
        "me:canary@h",
        "--brocker=mqtt://me:canary@h",
        "mqtt://me:it's a canary\n@h",
        "mqtt://me:canary@canary@h",
        "me:" + 20 * "canary" + "@h",
    ],
)
def test_no_argument_is_repeated_with_its_password(argument: str) -> None:
    for message in (f"invalid choice: {argument!r}", f"unrecognized arguments: {argument} x", argument):
        assert "canary" not in masked(message, ["doctor", argument])
