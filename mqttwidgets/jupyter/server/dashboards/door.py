"""Which requests are let in: those of the dashboard's own pages, to a name that is the dashboard's.

A dashboard shows what its author may read. Without a look at who asks, any page that somebody opens elsewhere
could reach it through their browser: by a name of its own that it has resolve to this computer (DNS rebinding),
or by opening the WebSocket of a kernel, which the same-origin policy does not keep it from.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from ....base.text import printable


class Door:
    """Lets in or turns away.

    A request is let in if its Host (RFC 9110, 7.2) is an address, which no foreign name is, or a name of the
    dashboard's; if its Origin (RFC 6454, 7), where it has one, is that host; and if its Sec-Fetch headers (W3C
    Fetch Metadata), which a browser sends over HTTPS and to this computer, do not tell of another site's page. To
    follow a link from there is well.

    Args:
        names: host names of the dashboard besides `localhost`. The pages of a proxy that has such a name may have
            that as their origin.
        is_public: whether others than this computer reach it, so that its own name counts, too.

    Example:
        >>> Door().refusal({"Host": "127.0.0.1:8866", "Origin": "http://127.0.0.1:8866"})
        ''
        >>> Door().refusal({"Host": "evil.example:8866"})
        "This dashboard is not called 'evil.example'. Who runs it lets the name in with --allow-host."
    """

    def __init__(self, names: Collection[str] = (), *, is_public: bool = False) -> None:
        self._named = frozenset(name.lower().rstrip(".") for name in names)
        self._names = self._named | {"localhost"} | (_own_names() if is_public else set())

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Why a request with such headers is turned away; "" for one that is let in."""
        host = headers.get("Host", "127.0.0.1")
        name = _host_name(host)
        if not (_is_address(name) or name in self._names):
            return (
                f"This dashboard is not called '{printable(name)}'. "
                "Who runs it lets the name in with --allow-host."
            )
        origins = (headers.get("Origin"), headers.get("Sec-WebSocket-Origin"))
        if not all(self._is_own(origin, host) for origin in origins if origin is not None):
            return "A page of another site has asked for this dashboard."
        return "A page of another site has asked for this dashboard." if _is_cross_site(headers) else ""

    def _is_own(self, origin: str, host: str) -> bool:
        address = origin.lower().partition("://")[2]
        return address == host.lower() or _host_name(address) in self._named


def _is_cross_site(headers: Mapping[str, str]) -> bool:
    """Whether another site's page is behind a request, by the browser's word, not somebody who follows a link."""
    follows_link = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return headers.get("Sec-Fetch-Site") == "cross-site" and not follows_link


def _host_name(address: str) -> str:
    """The name in `name:port`, an IPv6 address without its brackets; "" for what has none."""
    try:
        return (urlsplit(f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    """The name by which other computers reach this one."""
    name = socket.gethostname().lower()
    first = name.partition(".")[0]
    return {name, first, f"{first}.local"} - {""}
