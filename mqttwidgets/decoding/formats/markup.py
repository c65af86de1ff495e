"""Values in tags: simple XML, and what Python prints for an object, `<Meter power=3.14 voltage=122.0>`.

No parser of XML is asked: there are no entities of one's own, no document types and no other files in what sensors
send, and thus none of their bombs. A tag is text, or has attributes or other tags in it; both stand side by side.
"""

from __future__ import annotations

import html
import re
from typing import Any

from ...base.units import is_known, symbol
from ..format import Findings, OwnFormat, Payload
from ..judgements import Judgements
from . import lenient_json

_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]{0,100})([^<>]{0,4000})>")
_SKIPPED = re.compile(r"(?:\s|<\?[^<>]{0,400}\?>|<!--[^<>]{0,2000}-->)*")
_ATTRIBUTE = re.compile(
    r"([A-Za-z_][\w:.-]{0,100})\s{0,4}[=:]\s{0,4}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'/,;]{1,100}))"
)
_LONGEST, _MOST_TAGS, _DEEPEST = 65_536, 2_000, 32
_PAGES = frozenset(("html", "body", "head", "svg", "script", "div", "p", "a", "img", "b", "iframe", "table"))
_UNITS = ("unit", "units", "uom")


def document_in(text: str) -> dict[str, Any] | None:
    """The tags of a text as an object, each under its name; None for a text that is no markup, or a page's.

    Example:
        >>> document_in('<r><t unit="C">21.5</t><h>48</h></r>'), document_in("<Meter power=3.14 voltage=122.0>")
        ({'r': {'t': '21.5 °C', 'h': '48'}}, {'Meter': {'power': '3.14', 'voltage': '122.0'}})
    """
    if text[:1] != "<" or len(text) > _LONGEST:
        return None
    root: dict[str, Any] = {}
    around: list[tuple[str, dict[str, Any], int]] = [("", root, 0)]
    at, tags = _behind_skipped(text, 0), 0
    while at < len(text):
        tag = _TAG.match(text, at)
        tags += 1
        if tag is None or tags > _MOST_TAGS or tag[2].lower() in _PAGES:
            return None
        if tag[1]:
            if not _close(text, tag, around):
                return None
        else:
            _open(tag, around)
        at = _next_tag(text, tag.end())
        if len(around) > _DEEPEST or at < 0:
            return None
    alone = tags == 1 and len(around) == 2 and around[1][1]  # an object of Python's
    if alone:
        _add(root, around[1][0], around[1][1])
    return root if root and (len(around) == 1 or alone) else None


def _behind_skipped(text: str, at: int) -> int:
    match = _SKIPPED.match(text, at)
    return at if match is None else match.end()


def _next_tag(text: str, at: int) -> int:
    """Where the next tag begins; the end of a text without one, -1 where something else follows the last."""
    found = text.find("<", at)
    if found < 0:
        return len(text) if not text[at:].strip() else -1
    return _behind_skipped(text, found)


def _open(tag: re.Match[str], around: list[tuple[str, dict[str, Any], int]]) -> None:
    inside = tag[3].rstrip()
    attributes = {name: html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(inside)}
    if inside.endswith("/"):
        _add(around[-1][1], tag[2], attributes)
    else:
        around.append((tag[2], attributes, tag.end()))


def _close(text: str, tag: re.Match[str], around: list[tuple[str, dict[str, Any], int]]) -> bool:
    name, members, start = around.pop()
    if name != tag[2] or not around:
        return False
    content = text[start : tag.start()]
    value: Any = members
    if "<" not in content:
        value = _with_text(html.unescape(content[:1_000]).strip(), members)
    _add(around[-1][1], name, value)
    return True


def _with_text(text: str, attributes: dict[str, Any]) -> Any:
    """The value of a tag with nothing but text in it."""
    unit = next((each for key, each in attributes.items() if key.lower() in _UNITS), "")
    others = {key: each for key, each in attributes.items() if key.lower() not in _UNITS}
    value = f"{text} {symbol(unit)}" if unit and is_known(unit) else text
    return {**others, "value": value} if others and text else (others or value)


def _add(members: dict[str, Any], name: str, value: Any) -> None:
    """Put a tag into the one around it; several of one name become a list."""
    if name not in members:
        members[name] = value
    elif isinstance(members[name], list):
        members[name].append(value)
    else:
        members[name] = [members[name], value]


def _read(payload: Payload) -> Findings | None:
    document = document_in(payload.text or "")
    if document is None:
        return None
    found = read(document, payload.arrival, payload.judgements)
    return found if found.readings or found.gaps else None


def read(document: dict[str, Any], arrival: float, judgements: Judgements) -> Findings:
    """The findings in a document of tags."""
    found = lenient_json.read_bare(document, arrival, judgements, lambda _leaf: None)
    found.format = FORMAT.name
    return found


FORMAT = OwnFormat("markup", _read, fast="text", has_time_field=True)
