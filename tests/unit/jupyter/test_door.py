"""Which requests a dashboard lets in."""

from __future__ import annotations

import socket

import pytest

from mqttwidgets.jupyter.server.dashboards.door import Door

OWN = "127.0.0.1:8866"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": OWN},
        {"Host": "localhost:8866"},
        {"Host": "LOCALHOST."},
        {"Host": "[::1]:8866"},
        {"Host": "192.168.1.20:8866"},
        {"Host": OWN, "Origin": f"http://{OWN}"},
        {"Host": "Wall.Example", "Origin": "https://wall.example"},
        {"Host": OWN, "Origin": "https://wall.example:8443"},
        {"Host": OWN, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Host": OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Host": OWN, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "script"},
    ],
)
def test_its_own_pages_are_let_in(headers: dict[str, str]) -> None:
    assert Door(["Wall.example"]).refusal(headers) == ""


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": "evil.example:8866"}, "not called 'evil.example'"),
        ({"Host": "127.0.0.1.evil.example"}, "not called"),
        ({"Host": "localhost.evil.example"}, "not called"),
        ({"Host": "sub.wall.example"}, "not called"),
        ({"Host": ""}, "not called ''"),
        ({"Host": "[::1"}, "not called ''"),
        ({"Host": "me@evil.example"}, "not called"),
        ({"Host": "evil\u202e.example"}, "not called 'evil\\u202e.example'"),
        ({"Host": OWN, "Origin": "http://evil.example"}, "another site"),
        ({"Host": OWN, "Origin": "http://127.0.0.1:9999"}, "another site"),
        ({"Host": OWN, "Origin": "null"}, "another site"),
        ({"Host": OWN, "Origin": ""}, "another site"),
        ({"Host": OWN, "Sec-WebSocket-Origin": "http://evil.example"}, "another site"),
        ({"Host": OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "another site"),
        (
            {
                "Host": OWN,
                "Sec-Fetch-Site": "cross-site",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "iframe",
            },
            "another site",
        ),
    ],
)
def test_those_of_others_are_turned_away(headers: dict[str, str], reason: str) -> None:
    assert reason in Door(["wall.example"]).refusal(headers)


def test_the_name_of_the_computer_counts_where_others_reach_it() -> None:
    asked = {"Host": f"{socket.gethostname()}:8866"}
    assert "not called" in Door().refusal(asked)
    assert Door(is_public=True).refusal(asked) == ""
