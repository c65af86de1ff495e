"""Says what is known of each series: by a person's word, by its device's, else by its unit and its names."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..base.description import NOTHING_SAID, Description
from ..base.errors import InvalidValueError
from ..base.model import Sample
from ..base.patterns import FieldPatterns, without_unit
from ..base.text import printable
from ..decoding.decoder import Decoder
from ..decoding.descriptions.known_devices import known_device
from ..decoding.descriptions.quantities import category_of, quantity_of
from ..decoding.descriptions.vocabulary import QUANTITIES
from ..decoding.explanation import BY_DEVICE, Explanation, Told
from ..series.ring import Series

_LONGEST_NAME, _LONGEST_UNIT, _MOST_PATTERNS = 80, 40, 1_000


class Corrected(NamedTuple):
    """A correction by a person.

    Attributes:
        pattern: of the fields, as it was written.
        text: what holds for them.
    """

    pattern: str
    text: str


class Corrections:
    """Texts that a person gives by patterns of fields: names, units or quantities. The first that matches counts.

    Args:
        option: its name, "names", "units" or "quantities".
        given: pattern → text, as in `{"*/t": "°C"}`; None for none.
        example: the mapping to show in an error.
        longest: how many characters a text may have.
        accepted: the texts that are accepted; None for any.

    Raises:
        InvalidValueError: for what is no such mapping.

    Example:
        >>> units = Corrections("units", {"*/t": "°C"})
        >>> units.of("lab/bme", "/t"), units.of("lab/bme", "/h")
        (Corrected(pattern='*/t', text='°C'), None)
    """

    def __init__(
        self,
        option: str,
        given: Mapping[str, str] | None,
        *,
        example: str = "{'*/t': '°C'}",
        longest: int = _LONGEST_UNIT,
        accepted: tuple[str, ...] | None = None,
    ) -> None:
        wanted = f"{option} is a mapping of patterns of fields to texts, such as {example}"
        if given is not None and not isinstance(given, Mapping):
            raise InvalidValueError(f"{wanted}, not {printable(repr(given))}")
        self.given: dict[str, str] = dict(given or {})
        for pattern, text in self.given.items():
            if not isinstance(pattern, str) or not pattern or not isinstance(text, str):
                raise InvalidValueError(f"{wanted}, not with {printable(repr({pattern: text}))}")
            if accepted is not None and text not in accepted:
                raise InvalidValueError(f"a quantity is one of {', '.join(accepted)}; not {printable(repr(text))}")
            if len(text) > longest:
                raise InvalidValueError(
                    f"{option} holds texts of at most {longest} characters, not {printable(text)!r}"
                )
        if len(self.given) > _MOST_PATTERNS:
            raise InvalidValueError(f"{option} takes at most {_MOST_PATTERNS:,} patterns")
        self._patterns = [
            (FieldPatterns([pattern]), Corrected(pattern, text)) for pattern, text in self.given.items()
        ]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def of(self, topic: str, field: str) -> Corrected | None:
        """What the person says of a field; None where they say nothing."""
        return next((corrected for patterns, corrected in self._patterns if patterns.match(topic, field)), None)


class Wishes(NamedTuple):
    """All that a person says of the series.

    Attributes:
        names: names for people.
        units: units, in place of those that come with the values.
        quantities: quantities.
    """

    names: Corrections
    units: Corrections
    quantities: Corrections

    @classmethod
    def checked(
        cls,
        names: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        quantities: Mapping[str, str] | None = None,
    ) -> Wishes:
        """The wishes, if they are well-formed.

        Raises:
            InvalidValueError: where they are not.

        Example:
            >>> Wishes.checked(quantities={"*/t": "temperature"}).quantities.of("lab", "/t")
            Corrected(pattern='*/t', text='temperature')
        """
        return cls(
            Corrections("names", names, example="{'*/t': 'Cellar'}", longest=_LONGEST_NAME),
            Corrections("units", units),
            Corrections("quantities", quantities, example="{'*/t': 'temperature'}", accepted=QUANTITIES),
        )


class Describer:
    """Describes series: as a person wishes, else as the decoder was told, else as their names tell.

    Args:
        decoder: whose `description_of` says what devices told, if it has one.
        wishes: those of a person.
    """

    def __init__(self, decoder: Decoder, wishes: Wishes) -> None:
        self._wishes = wishes
        self._told: Callable[[str, str], Description] = getattr(decoder, "description_of", _nothing_told)
        self._revision_now: Callable[[], int] = getattr(decoder, "descriptions_revision", _never)
        self._revision = 0

    def has_news(self) -> bool:
        """Whether devices have described something since this was last asked."""
        former, self._revision = self._revision, self._revision_now()
        return former != self._revision

    @property
    def corrects_units(self) -> bool:
        """Whether a person has said something of units."""
        return bool(self._wishes.units)

    def unit(self, topic: str, field: str, unit: str) -> str:
        """The unit of a field, corrected."""
        corrected = self._wishes.units.of(topic, field)
        return unit if corrected is None else corrected.text

    def told_of(self, explanation: Explanation) -> tuple[Told, ...]:
        """All that is known of the numbers that an explanation is about, and where it comes from."""
        return tuple(
            self._told_of(sample, explanation.units_from.get(sample.field, "")) for sample in explanation.samples
        )

    def _told_of(self, sample: Sample, unit_from: str) -> Told:
        topic, field = sample.topic, sample.field
        told, is_corrected = self._told(topic, field), self._wishes.units.of(topic, field) is not None
        unit = self.unit(topic, field, sample.unit)
        name = self._wishes.names.of(topic, field)
        quantity, quantity_from = self._quantity(topic, field, unit, told)
        return Told(
            field,
            unit,
            "as units= has it" if is_corrected else unit_from,
            quantity,
            quantity_from,
            told.name if name is None else name.text,
            glob.escape(f"{topic}/{field.lstrip('/')}" if field else topic),
        )

    def _quantity(
        self, topic: str, field: str, unit: str, told: Description, *, is_state: bool = False
    ) -> tuple[str, str]:
        """The quantity of a field, and where it comes from, in words."""
        corrected = self._wishes.quantities.of(topic, field)
        if corrected is not None:
            return corrected.text, "as quantities= has it"
        if told.quantity:
            return told.quantity, BY_DEVICE
        found = quantity_of(topic, field, unit, is_state=is_state)
        return found, "by its unit" if found == quantity_of("", "", unit) else "by its name"

    def describe(self, series: Series) -> None:
        """Let a series know all that is known of it; one without a unit gets that which is told."""
        topic, field = series.topic, series.field
        plain = without_unit(field)
        told = self._told(topic, plain)
        if not series.unit:
            series.unit = self.unit(topic, field, told.unit if plain == field else "")
        name = self._wishes.names.of(topic, field)
        is_state, unit = series.is_state, series.unit
        series.description = Description(
            unit,
            told.name if name is None else name.text,
            told.device or known_device(topic),
            self._quantity(topic, plain, unit, told, is_state=is_state)[0],
            told.category or category_of(topic, plain, unit, is_state=is_state),
            told.true_name,
            told.false_name,
        )


def _nothing_told(_topic: str, _field: str) -> Description:
    """In place of the `description_of` of a decoder that is told nothing."""
    return NOTHING_SAID


def _never() -> int:
    return 0
