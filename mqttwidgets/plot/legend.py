"""The legend beneath the picture, as HTML: each series with its look, name, newest value and axis."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from ..analysis.transforms.derived import DerivedSeries
from ..base.model import Key
from ..base.text import html_text, quantity
from .axes import NO_UNIT, STATE
from .frame import Axis, Frame, Line, Note
from .palette import DASH_ARRAYS
from .texts import value_text

_MOST_ENTRIES = 100
_NO_SIGNS: Mapping[Key, str] = {}
_DECIMALS = re.compile(r",\.(\d+)f")
_SIDES = (("←", "left axis"), ("→", "right axis"), ("↕", "to a separate scale, without an axis"))
WITH_AXIS = 2
"""Of the value axes so many are shown, the left one and the right one."""

_NAMES = {NO_UNIT: "numbers without a unit", STATE: "states"}

_NO_COLOR = "currentColor"
_FAILED = "failed"


def legend(frame: Frame, signs: Mapping[Key, str] = _NO_SIGNS) -> str:
    """Each series with its colour, label, newest value and unit; of several axes, on which one it is.

    What failed and has no line comes first, as a long legend is scrolled.

    Args:
        frame: what is shown.
        signs: (topic, field) → a sign and words, for series that are in alarm.
    """
    if not frame.lines and not frame.notes:
        return ""
    notes = {note.key: note for note in frame.notes}
    entries = [
        _entry(line, frame.value_axes, notes.pop(line.key, None), signs.get(line.key, ""))
        for line in frame.lines[:_MOST_ENTRIES]
    ]
    without_line = [*notes.values()][:_MOST_ENTRIES]
    entries = [_note(note) for note in without_line if note.is_error] + entries
    entries += [_note(note) for note in without_line if not note.is_error]
    if len(frame.lines) > _MOST_ENTRIES:
        entries.append(f"<span>and {len(frame.lines) - _MOST_ENTRIES:,} more, listed under Fields</span>")
    note = " ".join(filter(None, [without_axis(frame.value_axes[WITH_AXIS:]), kept(frame)]))
    return f'<div class="mw-legend">{"".join(entries)}</div>' + (
        f'<div class="mw-axes-note">{html_text(note, 300)}</div>' if note else ""
    )


def without_axis(axes: tuple[Axis, ...]) -> str:
    """A sentence on what is drawn without an axis: on the scales behind those at the left and the right.

    Example:
        >>> without_axis((Axis((0.0, 1.0), (), caption="hPa"),))
        'No axis here for hPa: drawn to a separate scale.'
        >>> without_axis((Axis((0.0, 1.0), (), caption="hPa"), Axis((0.0, 1.0), (), caption="no unit")))
        'No axis here for hPa and numbers without a unit: each drawn to a separate scale.'
    """
    sentences = []
    names = [_NAMES.get(axis.caption, axis.caption) for axis in axes if not axis.labels]
    if names:
        *others, last = names
        listed = f"{', '.join(others)} and {last}" if others else last
        sentences.append(f"No axis here for {listed}: {'each ' if others else ''}drawn to a separate scale.")
    if any(axis.labels for axis in axes):
        sentences.append("States are at the bottom, on above off.")
    return " ".join(sentences)


KEPT, _KEPT_WORDS = "○", "kept by the broker, age unknown"
"""The sign behind a value whose age is not known, and what it says."""


def kept(frame: Frame) -> str:
    """A sentence on the sign of values that the broker had kept; `""` where there are none."""
    return f"{KEPT} {_KEPT_WORDS}." if any(line.ends_kept for line in frame.lines) else ""


def swatch(color: str, dash: str, width: float = 2.0) -> str:
    """A piece of a line, half as wide again as it is drawn."""
    return (
        '<svg width="22" height="8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" '
        f'stroke="{color}" stroke-width="{1.5 * width:g}" stroke-dasharray="{DASH_ARRAYS[dash]}"/></svg>'
    )


def _entry(line: Line, axes: tuple[Axis, ...], note: Note | None, sign: str) -> str:
    topic, field = line.key
    full = html_text(f"{topic} {field}".strip(), 300)
    value = f'<span class="mw-value">{html_text(newest_value(line, axes))}</span>'
    if line.ends_kept:
        value += f" {_sign(KEPT, _KEPT_WORDS)}"
    if note is not None and note.is_error:
        value = f'<span class="mw-value mw-wrong">{html_text(note.text)}</span>'
    name = f"{swatch(line.color, line.dash, line.width)}{html_text(line.label, 100)}"
    return (
        f'<span class="mw-series" title="{full}">{name} '
        f"{value}{_side(line.place) if len(axes) > 1 else ''}"
        f"{_remark(note) if note is not None and not note.is_error else ''}{_alarm(sign)}</span>"
    )


def _note(note: Note) -> str:
    """A derived line without a sample: its look, its name, and why there is none."""
    full = html_text(" ".join(note.key).strip(), 300)
    return (
        f'<span class="mw-noted" title="{full}">{swatch(note.color, note.dash)}{html_text(note.label, 100)} '
        f"{_remark(note)}</span>"
    )


def _remark(note: Note) -> str:
    kind = "mw-wrong" if note.is_error else "mw-remark"
    return f'<span class="{kind}">{html_text(note.text)}</span>'


def newest_value(line: Line, axes: tuple[Axis, ...]) -> str:
    """The newest value as its axis writes it, a word or with as many decimals, and its unit.

    What is computed has two decimals more.
    """
    axis = axes[line.place]
    words = dict(zip(axis.ticks, axis.labels, strict=False))
    if line.last[1] in words:
        return words[line.last[1]]  # a state has no unit
    fixed = _DECIMALS.fullmatch(axis.tick_format)
    decimals = int(fixed[1]) if fixed else 0
    is_computed = fixed is not None and line.is_derived
    value = f"{line.last[1]:,.{decimals + 2}f}" if is_computed else value_text(line.last[1], decimals)
    return f"{value}\u202f{line.unit[:20]}" if line.unit else value


def _alarm(sign: str) -> str:
    return f'<span class="mw-alarm">{html_text(sign, 100)}</span>' if sign else ""


def side(place: int) -> tuple[str, str]:
    """Where the axis of that place is: (sign, words)."""
    return _SIDES[min(place, len(_SIDES) - 1)]


def _side(place: int) -> str:
    return _sign(*side(place))


def _sign(sign: str, words: str) -> str:
    return f'<span class="mw-side" role="img" aria-label="{words}" title="{words}">{sign}</span>'


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
    """The reason why a derivation fails.

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
