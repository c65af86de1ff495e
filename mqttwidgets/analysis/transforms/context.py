"""The series of a stream, to find others in than the one that a line is made of."""

from __future__ import annotations

from collections.abc import Mapping

from ...base.model import Key
from ...base.patterns import FieldPatterns
from ...series.ring import Series


class Matching:
    """The series that match patterns.

    Args:
        all_: these.
    """

    def __init__(self, all_: list[Series]) -> None:
        self._all = all_
        self._of_topic: dict[str, list[Series]] = {}
        self._ids = set(map(id, all_))
        for one in all_:
            self._of_topic.setdefault(one.topic, []).append(one)

    def meant_by(self, source: Series) -> tuple[Series | None, int]:
        """The one that is meant beside a source, if there is one only, and how many come into question.

        Of several, that of the same topic is meant.
        """
        own = id(source) in self._ids
        here = self._of_topic.get(source.topic, [])
        candidates = here if len(here) > own else self._all
        count = len(candidates) - own
        return next(one for one in candidates if one is not source) if count == 1 else None, count


class Context:
    """What series there are. Which of them match is found out once, however many lines ask for it.

    Args:
        found: the stream's series; as soon as there are others, it takes another `Around`.

    Example:
        >>> inside, outside = Series("in/t", "", 9), Series("out/t", "", 9)
        >>> around = Context({("in/t", ""): inside, ("out/t", ""): outside})
        >>> around.matching(FieldPatterns(["*/t"])).meant_by(inside)
        (<Series 'out/t', 0 samples>, 1)
    """

    def __init__(self, found: Mapping[Key, Series]) -> None:
        self._found = found
        self._matching: dict[tuple[str, ...], Matching] = {}

    def matching(self, patterns: FieldPatterns) -> Matching:
        """Those that match."""
        known = self._matching.get(patterns.patterns)
        if known is None:
            known = Matching([one for key, one in self._found.items() if patterns.match(*key)])
            self._matching[patterns.patterns] = known
        return known
