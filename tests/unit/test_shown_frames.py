"""The benchmarks' eye: which frame a picture shows, and how late."""

from __future__ import annotations

from benchmarks.notebook_run import Change
from benchmarks.shown import frames_shown

LEVELS = 7


def picture(number: int, at: float, *, top: float = 10.0, bottom: float = 130.0) -> Change:
    """A picture that ends with a frame."""
    share = number % LEVELS / (LEVELS - 1)
    return Change(at, 0, bottom - share * (bottom - top), top, bottom)


def lateness_ms(changes: list[Change], set_at: list[float]) -> list[int]:
    """How late each frame that was seen was."""
    return [round(shown.late_ms) for shown in frames_shown(changes, set_at, LEVELS)]


def test_every_frame_is_told_apart_over_many_rounds_of_the_levels() -> None:
    set_at = [float(number) for number in range(50)]
    changes = [picture(number, number + 0.25) for number in range(50)]
    assert lateness_ms(changes, set_at) == [250] * 50


def test_frames_may_be_left_out_and_be_far_behind() -> None:
    set_at = [float(number) for number in range(60)]
    changes = [picture(number, number + 20.0) for number in range(0, 40, 5)]
    assert lateness_ms(changes, set_at) == [20_000] * 8


def test_a_picture_of_the_same_frame_and_one_of_before_do_not_count() -> None:
    set_at = [100.0, 101.0]
    before = picture(-1, 99.0)
    again = picture(0, 100.8, top=20.0, bottom=100.0)
    assert lateness_ms([before, picture(0, 100.1), again, picture(1, 101.3)], set_at) == [100, 300]


def test_a_picture_that_would_show_what_is_not_set_yet_is_misread() -> None:
    set_at = [0.0, 1.0, 2.0]
    misread = picture(5, 1.5)
    assert lateness_ms([picture(0, 0.2), misread, picture(2, 2.5)], set_at) == [200, 500]
    assert lateness_ms([Change(0.5, 0, 3.0, 5.0, 5.0)], set_at) == []
