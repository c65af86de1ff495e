"""A short switch interval while somebody needs it, and the former one afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from mqttwidgets.base.locks import PROMPT_S, SwitchInterval

USUAL_S = 0.005


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Python's own interval before, and whatever it was afterwards."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(USUAL_S)
    yield
    sys.setswitchinterval(former)


def test_it_is_short_from_the_first_who_needs_it_to_the_last() -> None:
    promptness = SwitchInterval()
    with promptness:
        assert sys.getswitchinterval() == pytest.approx(PROMPT_S)
        with promptness:
            pass
        assert sys.getswitchinterval() == pytest.approx(PROMPT_S)
    assert sys.getswitchinterval() == USUAL_S
    with promptness:
        assert sys.getswitchinterval() == pytest.approx(PROMPT_S)
    assert sys.getswitchinterval() == USUAL_S


def test_a_shorter_one_stays() -> None:
    sys.setswitchinterval(1e-4)
    with SwitchInterval():
        assert sys.getswitchinterval() == pytest.approx(1e-4)
    assert sys.getswitchinterval() == pytest.approx(1e-4)


def test_one_that_was_set_meanwhile_stays() -> None:
    with SwitchInterval():
        sys.setswitchinterval(0.02)
    assert sys.getswitchinterval() == 0.02
