"""How lines are told apart: labels, colours and dashes; those of derived lines show what they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping

from ..analysis.transforms.derived import DerivedSeries
from ..base.description import Description
from ..base.model import Key
from ..base.text import printable

COLORS = ("#0a84c6", "#e07b00", "#009e73", "#cc6fa8", "#8566c4", "#d5443c", "#7f8c8d")
"""After Okabe and Ito (2008), shifted to stand out on white and on near-black alike."""

DASHES = ("solid", "dashed", "dotted", "dash_dotted")

DASH_ARRAYS = {"solid": "none", "dashed": "6 4", "dotted": "2 4", "dash_dotted": "6 3 2 3"}
"""bqplot's `line_style` → SVG's `stroke-dasharray`."""

_WIDTH, _EDGE_WIDTH = 1.75, 1.0
_LONGEST = 40
_MOST_LEVELS = 12  # a topic may have 32,768, and every run of them would be a candidate
Path = tuple[str, ...]


class Palette:
    """Hands out a colour and a dash to each newcomer, and the same ones whenever it comes again.

    Example:
        >>> palette = Palette()
        >>> palette.style("a"), palette.style("b"), palette.style("a")
        (('#0a84c6', 'solid'), ('#e07b00', 'solid'), ('#0a84c6', 'solid'))
    """

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}

    def style(self, key: Hashable) -> tuple[str, str]:
        """(CSS colour, bqplot line style) of `key`."""
        place = self._places.setdefault(key, len(self._places))
        dash, color = divmod(place, len(COLORS))
        return COLORS[color], DASHES[dash % len(DASHES)]


def look_of(kin: DerivedSeries, palette: Palette) -> tuple[str, str, float]:
    """(CSS colour, line style, width in pixels): the source's colour in another dash, the edges of a band thin.

    Example:
        >>> from ..series.ring import Series
        >>> palette, series = Palette(), Series("a", "", 2)
        >>> palette.style(("a", ""))
        ('#0a84c6', 'solid')
        >>> look_of(DerivedSeries(("a", "mean"), series, ("a", ""), "mean", 0, False, "", False), palette)
        ('#0a84c6', 'dashed', 1.75)
    """
    color, dash = palette.style(kin.source)
    if kin.is_edge:
        return color, dash, _EDGE_WIDTH
    others = [each for each in DASHES[1:] if each != dash]
    return color, others[kin.number % len(others)], _WIDTH


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


def labels_of(described: Mapping[Key, Description]) -> dict[Key, str]:
    """A label for each (topic, field): its name for people, with its device where two share it, or the shortest.

    Args:
        described: what is said of each.

    Example:
        >>> temperature = Description(name="Temperature", device="Kitchen")
        >>> labels_of({("a/b", ""): temperature, ("a/c", ""): Description()})
        {('a/b', ''): 'Temperature', ('a/c', ''): 'c'}
        >>> labels_of({("a/b", ""): temperature, ("a/c", ""): temperature._replace(device="Cellar")}).values()
        dict_values(['Kitchen Temperature', 'Cellar Temperature'])
    """
    shortest = shortest_labels(described)
    names = Counter(said.name for said in described.values() if said.name)
    if not names:
        return shortest
    labels = {
        key: printable(_name(said, names), _LONGEST) if said.name else shortest[key]
        for key, said in described.items()
    }
    holders = Counter(labels.values())
    return {key: label if holders[label] == 1 else shortest[key] for key, label in labels.items()}


def _name(said: Description, names: Counter[str]) -> str:
    is_shared = names[said.name] > 1 and said.device and not said.name.startswith(said.device)
    return f"{said.device} {said.name}" if is_shared else said.name


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
