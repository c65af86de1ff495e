"""Every regular expression of the package takes time in proportion to the text, whatever the text is.

Texts that are hard for an expression are made from itself: what leads to one of its repeats, that repeat's own
content again and again, and an end that fits nothing. Where there are two ways to share the content out, all of
them are tried then, and the time grows with the square of the length, or is without end.
"""

from __future__ import annotations

import ast
import functools
import importlib
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from .test_shape import PACKAGE, files

LENGTHS = (30, 300, 3_000, 10_000)
"""Characters; an expression that fails at one is not tried with more."""

LONGEST_S = 0.05
"""Twenty times what an expression needs that is linear; one that is quadratic needs ten times as long."""

METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
ENDS = ("", "\x00", "x")
SAMPLES = 2
MOST = 40  # as often as a repeat without an upper bound is sampled with its content


class Found(NamedTuple):
    """An expression, where it stands, and how it is used."""

    place: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


def expressions() -> Iterator[Found]:
    """All expressions of the package: those that modules hold, and those that are written into a call."""
    for path in files():
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        module = importlib.import_module(name)
        for held, pattern in vars(module).items():
            if isinstance(pattern, re.Pattern):
                yield Found(f"{name}.{held}", pattern, tuple(sorted(used(tree, held))) or ("match",))
        for node in ast.walk(tree):
            if is_call(node) and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                call: Any = node
                yield Found(f"{name}:{call.lineno}", re.compile(call.args[0].value), (call.func.attr,))


def used(tree: ast.Module, name: str) -> set[str]:
    """By which of its methods a pattern is used in a module."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and node.attr in METHODS
    }


def is_call(node: ast.AST) -> bool:
    """Whether this is `re.match(...)` or the like."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in METHODS
    )


def parsed(pattern: re.Pattern[Any]) -> Sequence[Any]:
    """The tree of an expression: (operation, arguments) one after another, as Python's own compiler sees it."""
    parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    tree: Sequence[Any] = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    return tree


class Sampler:
    """Makes texts that fit an expression, or a part of it."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311

    def text(self, tree: Sequence[Any]) -> str:
        """One of the texts that fit."""
        return "".join(self._item(str(operation), arguments) for operation, arguments in tree)

    def hard_texts(self, tree: Sequence[Any], before: str = "") -> Iterator[tuple[str, str]]:
        """For each repeat in an expression (what leads to it, what it repeats)."""
        for operation, arguments in tree:
            for inner, is_repeat in _parts(str(operation), arguments):
                if is_repeat:
                    yield before, "".join(self.text(inner) for _ in range(3))
                yield from self.hard_texts(inner, before)
            before += self._item(str(operation), arguments)

    def _item(self, operation: str, arguments: Any) -> str:
        if operation in ("LITERAL", "NOT_LITERAL"):
            return chr(arguments) if operation == "LITERAL" else "~"
        if operation == "ANY":
            return "."
        if operation == "IN":
            return self._one_of(arguments)
        if operation in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, inner = arguments
            return "".join(self.text(inner) for _ in range(self._chance.randint(least, min(most, least + 3))))
        if operation == "BRANCH":
            return self.text(self._chance.choice(arguments[1]))
        if operation == "SUBPATTERN":
            return self.text(arguments[-1])
        return ""  # what looks around, and anchors

    def _one_of(self, members: Sequence[tuple[Any, Any]]) -> str:
        if str(members[0][0]) == "NEGATE":
            refused = {chr(value) for name, value in members[1:] if str(name) == "LITERAL"}
            words = any(str(value).endswith("NOT_WORD") for name, value in members if str(name) == "CATEGORY")
            return next(char for char in ("aA_°" if words else "a1 ~\\") if char not in refused)
        name, value = self._chance.choice(members)
        if str(name) == "LITERAL":
            return chr(value)
        if str(name) == "RANGE":
            return chr(self._chance.randint(*value))
        kind = str(value).removeprefix("CATEGORY_").removeprefix("UNI_")
        return {"DIGIT": "7", "SPACE": " ", "WORD": "a", "NOT_SPACE": "a", "NOT_WORD": "-", "NOT_DIGIT": "a"}[kind]


def _parts(operation: str, arguments: Any) -> list[tuple[Sequence[Any], bool]]:
    """The expressions within a part of one, and whether each is repeated."""
    if operation in ("MAX_REPEAT", "MIN_REPEAT"):
        return [(arguments[2], arguments[1] > MOST)]
    if operation == "BRANCH":
        return [(branch, False) for branch in arguments[1]]
    if operation == "SUBPATTERN":
        return [(arguments[-1], False)]
    return [(arguments[1], False)] if operation in ("ASSERT", "ASSERT_NOT") else []


def seconds(pattern: re.Pattern[Any], method: str, text: str) -> float:
    """What an expression takes for a text, in seconds of the thread's own."""
    subject: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    do = getattr(pattern, method)
    run = functools.partial(do, type(subject)(), subject) if method == "sub" else functools.partial(do, subject)
    begun = time.thread_time()
    found = run()
    if method == "finditer":
        list(found)
    return time.thread_time() - begun


def hardest(found: Found) -> tuple[float, str]:
    """(the longest that an expression takes, for which text), found when one text takes too long."""
    worst = (0.0, "")
    for length, text in hard_texts(found.pattern):
        for method in found.methods:
            took = min(until_quick(lambda: seconds(found.pattern, method, text)))  # noqa: B023 - called at once
            worst = max(worst, (took, f"{text[:30]!r}... of {length:,}, {method}"))
            if took > LONGEST_S:
                return worst
    return worst


def until_quick(measure: Callable[[], float]) -> Iterator[float]:
    """What is measured, again where it takes too long, as a busy computer's clock of threads is not exact."""
    for _ in range(5):
        took = measure()
        yield took
        if took <= LONGEST_S:
            break


def hard_texts(pattern: re.Pattern[Any]) -> Iterator[tuple[int, str]]:
    """(length, text) of all that are tried, the short ones first."""
    tree = parsed(pattern)
    hard = {each for seed in range(SAMPLES) for each in Sampler(seed).hard_texts(tree) if each[1]}
    for length in LENGTHS:
        for before, repeated in sorted(hard):
            for end in ENDS:
                yield length, before + repeated * (length // len(repeated)) + end


ALL = list(expressions())


def test_the_expressions_are_found() -> None:
    places = {found.place for found in ALL}
    assert "mqttwidgets.decoding.formats.line_protocol._FIELD" in places
    assert len(places) > 50


@pytest.mark.parametrize("found", ALL, ids=lambda found: found.place.removeprefix("mqttwidgets."))
def test_no_text_takes_an_expression_long(found: Found) -> None:
    took, text = hardest(found)
    assert took < LONGEST_S, f"{took:.2f} s for {text}"


_PATH = r"(?:\.[A-Za-z_]\w*|\[\s*(?:'[^']*'|\"[^\"]*\"|[0-9]+)\s*\])"


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "fullmatch"),
        (r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[\w.-]+)?", "fullmatch"),
        (r"\s+$", "search"),
        (r"(?:[a-z]+\s?)*;", "match"),
        (rf"\{{\{{-?\s*value(?:_json({_PATH}+))?\s*(?:\|\s*int\s*(?:\([^()]*\))?\s*)*-?\}}\}}", "fullmatch"),
    ],
)
def test_an_expression_with_two_ways_is_found(pattern: str, method: str) -> None:
    """What would go unnoticed otherwise, were the texts not hard: for the last two there is no end."""

    def too_long(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2)
    try:
        took, _ = hardest(Found("", re.compile(pattern), (method,)))
    except TimeoutError:
        took = 2.0
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert took > LONGEST_S
