"""What is to be known of derived lines: a note for each, and one for all where a derivation failed in several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..analysis.transforms.derived import DerivedSeries
from ..base.model import Key
from ..base.text import quantity
from .frame import Note

_NO_COLOR = "currentColor"
_FAILED = "failed"


def notes_of(
    kin: Mapping[Key, DerivedSeries],
    hidden: Collection[Key],
    label: Callable[[Key], str],
    style: Callable[[Key], tuple[str, str]],
) -> tuple[Note, ...]:
    """The notes of the lines that are not hidden.

    What fails is mostly the function, and then in all series alike: its error is told once, and not with each.

    Args:
        kin: all derived lines.
        hidden: the keys of those that are not to be seen.
        label: gives the name of a line.
        style: gives (CSS colour, line style) of a line.
    """
    failed: dict[int, list[DerivedSeries]] = {}
    for one in kin.values():
        if one.is_over:
            failed.setdefault(one.number, []).append(one)
    together = {number: ended for number, ended in failed.items() if len({one.source for one in ended}) > 1}
    found, is_told = [], set()
    for key, one in kin.items():
        if not one.remark or key in hidden:
            continue
        if not one.is_over or one.number not in together:
            found.append(Note(key, label(key), *style(key), one.remark, one.is_over))
            continue
        if one.number not in is_told:
            is_told.add(one.number)
            sources = len({each.source for each in kin.values() if each.number == one.number})
            found.append(_failure(together[one.number], sources, style(key)[1]))
        if len(one.series):
            found.append(Note(key, label(key), *style(key), _FAILED, True))
    return tuple(found)


def _failure(ended: list[DerivedSeries], sources: int, dash: str) -> Note:
    """What is wrong with a derivation.

    Args:
        ended: its lines that have ended.
        sources: how many series it is of.
        dash: how its lines look.
    """
    first, *others = dict.fromkeys(one.remark for one in ended)
    more = f"; {quantity(len(others), 'other error')}" if others else ""
    count = len({one.source for one in ended})
    name = ended[0].name.rpartition(" ")[0] if ended[0].is_edge else ended[0].name
    text = f"failed in {count:,} of {quantity(sources, 'series')}: {first}{more}"
    return Note(("", f"→ {name}"), name, _NO_COLOR, dash, text, True)
