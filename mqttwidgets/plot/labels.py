"""The shortest names that tell series from their neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..base.text import printable

_LONGEST = 40
_MOST_LEVELS = 12  # a topic may have 32,768, and every run of them would be a candidate

Path = tuple[str, ...]


def shortest_labels(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A label for each (topic, field): the shortest run of levels that no other one has.

    Topic levels and the parts of the field count alike; of two runs equally short the later one is taken, as
    the end of a topic says most. A bare number, such as an array index, is no name by itself.

    Args:
        keys: (topic, field) pairs; the field a JSON pointer (RFC 6901) or a plain name.

    Example:
        >>> shortest_labels([("home/kitchen/temperature", ""), ("home/cellar/temperature", "")]).values()
        dict_values(['kitchen', 'cellar'])
        >>> shortest_labels([("lab/bme", "/temperature"), ("lab/bme", "/humidity")]).values()
        dict_values(['temperature', 'humidity'])
    """
    paths = {key: _path(*key) for key in keys}
    owners = Counter(run for path in paths.values() for run in set(_runs(path)))
    labels = {key: _label(path, owners) for key, path in paths.items()}
    holders = Counter(labels.values())
    return {key: label if holders[label] == 1 else _full_name(*key) for key, label in labels.items()}


def _full_name(topic: str, field: str) -> str:
    return printable(f"{topic} {field}".strip(), _LONGEST)


def _path(topic: str, field: str) -> Path:
    if field.startswith("/"):
        parts = [part.replace("~1", "/").replace("~0", "~") for part in field[1:].split("/")]
    else:
        parts = [field] if field else []
    return tuple(level for level in (*topic.split("/"), *parts) if level)[-_MOST_LEVELS:]


def _runs(path: Path) -> Iterator[Path]:
    """All runs of consecutive levels, the shortest first, among those the latest first."""
    for length in range(1, len(path) + 1):
        for start in range(len(path) - length, -1, -1):
            yield path[start : start + length]


def _label(path: Path, owners: Counter[Path]) -> str:
    names = (run for run in _runs(path) if owners[run] == 1 and not run[0].isdecimal())
    return printable(" / ".join(next(names, path)) or "value", _LONGEST)
