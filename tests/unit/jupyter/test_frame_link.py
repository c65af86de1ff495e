"""The frame link without a browser: who watches, how fast, and what a page is sent."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Iterator
from typing import Any

import ipywidgets
import numpy as np
import pytest

from mqttwidgets.jupyter.frame_clock import FrameClock
from mqttwidgets.jupyter.frame_link import SILENT_AFTER_S, FrameLink, Pages, Report
from mqttwidgets.jupyter.linked import LinkedHTML, LinkedLines, LinkedScale
from mqttwidgets.plot.frame import Line, LinePoints

from .test_frame_clock import Counter, until


class FakeClock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def report(page: str = "page", *figures: str, **counts: float) -> Report:
    """A report of one second."""
    numbers: dict[str, Any] = {
        "seconds": 1.0,
        "received": 60,
        "painted": 60,
        "wait_s": 0.008,
        "delay_s": 0.0,
        **counts,
    }
    return Report(page, dict.fromkeys(figures, 860), **numbers)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"page": 5, "shown": {}, "seconds": 1, "received": 1, "painted": 1, "wait_s": 0, "delay_s": 0},
        {"page": "a", "shown": "figure", "seconds": 1, "received": 1, "painted": 1, "wait_s": 0, "delay_s": 0},
        {"page": "a", "shown": {}, "seconds": "1", "received": 1, "painted": 1, "wait_s": 0, "delay_s": 0},
        {
            "page": "a",
            "shown": {},
            "seconds": float("nan"),
            "received": 1,
            "painted": 1,
            "wait_s": 0,
            "delay_s": 0,
        },
        {"page": "a", "shown": {}, "seconds": 1, "received": True, "painted": 1, "wait_s": 0, "delay_s": 0},
        {"page": "a", "shown": {}, "seconds": 1, "received": 1, "painted": 1, "wait_s": 0, "delay_s": -1},
    ],
)
def test_what_is_no_report_is_none(content: object) -> None:
    assert Report.parse(content) is None


def test_a_report_is_read() -> None:
    content = {
        "page": "a",
        "shown": {"f": 860.4, "g": None, "h": 0},
        "seconds": 1.5,
        "received": 3,
        "painted": 2,
        "wait_s": 0.5,
        "delay_s": 0.25,
    }
    assert Report.parse(content) == Report("a", {"f": 860, "g": 0, "h": 0}, 1.5, 3, 2, 0.5, 0.25)


def test_a_figure_is_watched_while_any_page_shows_it() -> None:
    audience = Pages(FakeClock())
    assert audience.note(report("one", "a", "b"))
    assert audience.note(report("two", "b", "c"))
    assert not audience.note(report("two", "b", "c")), "nothing new"
    assert audience.shown() == {"a", "b", "c"}
    assert audience.note(report("one"))
    assert ("a" in audience.shown(), "b" in audience.shown()) == (False, True)


def test_the_largest_picture_of_a_figure_says_how_wide_it_is() -> None:
    audience = Pages(FakeClock())
    assert audience.width_px("a") is None
    audience.note(report("one", "a")._replace(shown={"a": 640, "b": 0}))
    audience.note(report("two", "a")._replace(shown={"a": 1720}))
    assert (audience.width_px("a"), audience.width_px("b")) == (1720, None)
    assert audience.note(report("two", "a")._replace(shown={"a": 800})), "another width is news"
    audience.note(report("two"))
    assert audience.width_px("a") == 640


@pytest.mark.parametrize(("said", "taken"), [(860.4, 860), (3, 50), (1e8, 8000), (0, 0)])
def test_a_width_is_one_that_a_screen_may_have(said: float, taken: int) -> None:
    content = {**report("a")._asdict(), "shown": {"f": said}}
    parsed = Report.parse(content)
    assert parsed is not None
    assert parsed.shown == {"f": taken}


def test_a_page_that_falls_silent_watches_no_more() -> None:
    clock = FakeClock()
    audience = Pages(clock)
    audience.note(report("crashed", "a", painted=10, wait_s=0.1))
    audience.note(report("alive", "b"))
    clock.now += SILENT_AFTER_S / 2
    audience.note(report("alive", "b"))
    clock.now += SILENT_AFTER_S / 2 + 0.1
    assert audience.shown() == {"b"}
    assert audience.rate_hz(60) == 60, "nor holds up the others"


def test_the_slowest_page_sets_the_pace_and_a_page_that_recovers_gives_it_back() -> None:
    audience = Pages(FakeClock())
    audience.note(report("fast", "a"))
    for _ in range(10):
        audience.note(report("slow", "a", painted=20, wait_s=0.045))
    assert audience.rate_hz(60) == 20
    for _ in range(10):
        audience.note(report("slow", "a", received=20, painted=20, delay_s=0.5))
    assert audience.rate_hz(60) < 20, "what comes late piles up somewhere"
    for _ in range(30):
        audience.note(report("slow", "a"))
    assert audience.rate_hz(60) == 60
    audience.note(report("slow", painted=0, wait_s=1.0))
    assert audience.rate_hz(60) == 60, "a page that shows nothing paints nothing"


def test_two_frames_in_one_picture_are_no_reason_to_slow_down() -> None:
    audience = Pages(FakeClock())
    audience.note(report("page", "a", received=60, painted=45))
    assert audience.rate_hz(60) == 60


def test_one_slow_second_halves_the_pace_at_most() -> None:
    audience = Pages(FakeClock())
    audience.note(report("page", "a", received=60, painted=2, wait_s=0.4))
    assert audience.rate_hz(60) == 30


def test_few_frames_say_nothing_of_speed() -> None:
    audience = Pages(FakeClock())
    for _ in range(5):
        audience.note(report("page", "a", received=2, painted=0, wait_s=0.5))
    assert audience.rate_hz(60) == 60


class Page:
    """What a page would have, given the messages of a link; as frame_link.js does it."""

    def __init__(self, link: FrameLink, monkeypatch: pytest.MonkeyPatch) -> None:
        self.link = link
        self.frames: list[dict[str, Any]] = []
        self.points: dict[str, list[tuple[float, float]]] = {}
        self._marks: dict[int, str] = {}
        monkeypatch.setattr(link.carrier, "send", self._receive)
        link._take(link, {"kind": "hello"}, [])  # noqa: SLF001
        link.begin_frame()

    def _receive(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.frames.append(content)
        self._marks.update({number: mark for number, (_, mark) in content.get("lines", {}).items()})
        for buffer in buffers:
            self._take_lines(buffer)

    def _take_lines(self, buffer: bytes) -> None:
        (count,) = struct.unpack_from("<i", buffer)
        offset = 8 + 16 * count
        for place in range(count):
            number, dropped, kept, appended = struct.unpack_from("<4i", buffer, 8 + 16 * place)
            time, value = np.frombuffer(buffer, "<f8", 2 * appended, offset).reshape(2, appended)
            offset += 16 * appended
            known = self.points.get(self._marks[number], [])
            rest = [] if dropped < 0 else known[:kept][dropped:]
            self.points[self._marks[number]] = rest + list(zip(time.tolist(), value.tolist(), strict=True))
        assert offset == len(buffer)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    link = FrameLink()
    yield Page(link, monkeypatch)
    link.close()
    link.layout.close()


def line(first: int, settled: int, total: int, cut: object = "cut") -> Line:
    """Points numbered from `first` to `total`, each with its number; those not settled are of this moment."""
    numbers = np.arange(first, total, dtype=float)
    values = np.where(numbers < settled, numbers, numbers + total / 1000)
    version = (cut, first, settled, total)
    points = LinePoints(np.stack((numbers, values)))
    return Line(("a", ""), "a", "", "red", "solid", points, version, cut, first, settled, (0.0, 0.0))


def a_mark() -> LinkedLines:
    scales = {"x": LinkedScale(), "y": LinkedScale()}
    return LinkedLines(x=[0.0], y=[0.0], scales=scales)


def points_of(one: Line) -> list[tuple[float, float]]:
    return list(zip(one.time.tolist(), one.value.tolist(), strict=True))


def test_only_what_is_new_in_a_line_travels(page: Page) -> None:
    mark = a_mark()
    sizes = []
    steps = [line(0, 1990, 2000), line(20, 2010, 2020), line(20, 2010, 2030), line(2005, 2030, 2031)]
    for shown in steps:
        assert page.link.carry_line("figure", mark, shown)
        assert not page.link.carry_line("figure", mark, shown), "once is enough"
        page.link.send_frame(1000.0)
        assert page.points[mark.model_id] == points_of(shown)
        sizes.append(page.frames[-1])
    assert [("lines" in frame) for frame in page.frames] == [True, False, False, False]
    assert [frame["seq"] for frame in page.frames] == [1, 2, 3, 4]
    mark.close()


@pytest.mark.parametrize("after", [line(0, 5, 6, "another cut"), line(500, 600, 700), line(3, 20, 21)])
def test_a_line_cut_anew_or_turned_back_travels_whole(page: Page, after: Line) -> None:
    mark = a_mark()
    for shown in (line(10, 20, 30), after, line(after.first, after.settled, after.first + 800, after.cut)):
        page.link.carry_line("figure", mark, shown)
        page.link.send_frame(1000.0)
        assert page.points[mark.model_id] == points_of(shown)
    mark.close()


def test_a_page_that_missed_something_gets_all_of_every_line(page: Page) -> None:
    mark = a_mark()
    page.link.carry_line("figure", mark, line(0, 90, 100))
    page.link.send_frame(1000.0)
    page.points.clear()
    page.link._take(page.link, {"kind": "hello"}, [])  # noqa: SLF001
    epoch = page.link.epoch
    page.link.begin_frame()
    assert page.link.epoch > epoch, "so that screens without news draw as well"
    assert page.link.carry_line("figure", mark, line(0, 90, 100))
    page.link.send_frame(1000.0)
    assert page.points[mark.model_id] == points_of(line(0, 90, 100))
    mark.close()


def test_a_line_that_is_closed_is_forgotten_and_draws_nothing_more(page: Page) -> None:
    mark = a_mark()
    page.link.carry_line("figure", mark, line(0, 90, 100))
    page.link.send_frame(1000.0)
    mark.close()
    page.link.forget(mark)
    assert not page.link.carry_line("figure", mark, line(0, 90, 101))
    assert not page.link.send_frame(1000.0)


def test_changes_of_all_widgets_are_one_message_with_what_they_are_then(page: Page) -> None:
    words, scale = LinkedHTML(), LinkedScale()
    words.link = scale.link = page.link
    words.value = "21 °C"
    words.value = "22 °C"
    with scale.hold_sync():
        scale.min, scale.max = 1.0, 2.0
    assert page.frames == []
    page.link.send_frame(1000.0)
    (frame,) = page.frames
    assert frame["states"] == {words.model_id: {"value": "22 °C"}, scale.model_id: {"min": 1.0, "max": 2.0}}
    words.value = "23 °C"
    words.close()
    scale.min = 0.0
    page.link.forget(scale)
    page.link.send_frame(1001.0)
    assert page.frames[1]["states"] == {}
    scale.close()


def test_a_page_that_missed_something_gets_all_traits_again(page: Page) -> None:
    words, scale = LinkedHTML(), LinkedScale()
    words.link = scale.link = page.link
    words.value, scale.min, scale.max = "21 °C", 1.0, 2.0
    page.link.send_frame(1000.0)
    scale.max = 3.0
    page.link.send_frame(1000.1)
    page.link.forget(words)
    words.close()
    page.link._take(page.link, {"kind": "hello"}, [])  # noqa: SLF001
    page.link.begin_frame()
    page.link.send_frame(1000.2)
    assert page.frames[-1]["states"] == {scale.model_id: {"min": 1.0, "max": 3.0}}
    page.link.begin_frame()
    assert not page.link.send_frame(1000.3)
    scale.close()


def test_a_frame_that_could_not_be_sent_is_made_up_for(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    scale, mark = LinkedScale(min=0.0), a_mark()
    scale.link = page.link
    with monkeypatch.context() as broken:
        broken.setattr(page.link.carrier, "send", lambda *_: 1 / 0)
        scale.max = 7.0
        page.link.carry_line("figure", mark, line(0, 3, 5))
        with pytest.raises(ZeroDivisionError):
            page.link.send_frame(1.0)
    epoch = page.link.epoch
    page.link.begin_frame()
    assert page.link.epoch > epoch, "so that every plot draws again"
    assert page.link.carry_line("figure", mark, line(0, 3, 5))
    page.link.send_frame(2.0)
    assert page.frames[-1]["states"][scale.model_id] == {"max": 7.0}
    assert page.points[mark.model_id] == points_of(line(0, 3, 5))


def test_over_a_closed_link_nothing_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    link, scale = FrameLink(), LinkedScale()
    link._take(link, {"kind": "hello"}, [])  # noqa: SLF001
    scale.link = link
    link.layout.close()
    link.close()
    sent: list[object] = []
    monkeypatch.setattr(ipywidgets.Widget, "send_state", lambda _self, key=None: sent.append(key))
    scale.min = 1.0
    assert sent == ["min"]
    scale.close()


def test_a_sign_of_life_each_second(page: Page) -> None:
    sent = [page.link.send_frame(1000.0 + tenth / 10) for tenth in range(25)]
    assert [index for index, was_sent in enumerate(sent) if was_sent] == [0, 10, 20]


def test_points_are_right_for_whoever_reads_them_and_never_sent_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark = a_mark()
    sent: list[object] = []
    monkeypatch.setattr(ipywidgets.Widget, "send_state", lambda _self, key=None: sent.append(key))
    mark.follow(LinePoints(np.array([[1.0, 2.0], [3.0, np.nan]])))
    np.testing.assert_array_equal(mark.x, [1.0, 2.0])
    mark.follow(LinePoints(np.array([[1.0, 2.0], [3.0, 4.0]]), [[3.0], [5.0]]))
    assert mark.get_state(["y"])["y"]["shape"] == (3,)
    assert sent == []
    mark.follow(LinePoints(np.array([[4.0, 5.0], [6.0, 7.0]])))
    mark.x = np.array([9.0])
    assert sent == ["x"]
    np.testing.assert_array_equal(mark.x, [9.0])
    mark.close()


def test_news_is_drawn_at_once_but_no_more_often_than_wanted() -> None:
    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        watch(clock, screen)
        await until(lambda: len(screen.drawn) >= 2)
        scale = LinkedScale()
        scale.link = clock.link
        began, count = time.perf_counter(), len(screen.drawn)
        for number in range(200):
            scale.min = float(number)
            clock.nudge()
            await asyncio.sleep(0.005)
        drawn, took_s = len(screen.drawn) - count, time.perf_counter() - began
        assert drawn <= 1.1 * screen.fps * took_s + 2
        assert drawn >= 0.5 * screen.fps * took_s
        clock.remove(screen)
        scale.close()

    asyncio.run(body())


def test_a_screen_of_few_frames_is_asked_often_all_the_same() -> None:
    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        screen.fps = 0.001
        clock.add(screen)
        watch(clock, screen)
        await until(lambda: len(screen.drawn) >= 4)
        clock.remove(screen)

    asyncio.run(body())


def test_on_a_dashboard_nothing_is_drawn_before_its_page_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOILA_REQUEST_URL", "http://localhost/")

    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        await until(lambda: screen.kept_up >= 2)
        assert screen.drawn == []
        watch(clock, screen)
        await until(lambda: len(screen.drawn) >= 2)
        clock.remove(screen)

    asyncio.run(body())


def test_a_dashboard_whose_page_does_not_answer_is_drawn_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOILA_REQUEST_URL", "http://localhost/")
    monkeypatch.setattr("mqttwidgets.jupyter.frame_clock.FIRST_PAGE_S", 1.0)

    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        await until(lambda: len(screen.drawn) >= 2)
        assert screen.kept_up > 0, "after a while"
        clock.remove(screen)

    asyncio.run(body())


def test_a_dashboard_whose_page_runs_all_but_the_link_is_drawn_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOILA_REQUEST_URL", "http://localhost/")
    monkeypatch.setattr("mqttwidgets.jupyter.frame_clock.ANSWER_S", 1.0)

    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        await until(lambda: screen.kept_up >= 2)
        assert screen.drawn == []
        word = {"kind": "viewer", "time_zone": "Asia/Tokyo", "utc_offset_minutes": 540}
        clock.services.viewer._handle_custom_msg(word, [])  # noqa: SLF001 - as each page does at once
        kept_up = screen.kept_up
        await until(lambda: len(screen.drawn) >= 2)
        assert screen.kept_up > kept_up, "not before the link had its time"
        clock.remove(screen)

    asyncio.run(body())


def test_a_frame_that_cannot_be_sent_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        watch(clock, screen)
        await until(lambda: len(screen.drawn) >= 2)
        monkeypatch.setattr(clock.link.carrier, "send", lambda *_: 1 / 0)
        await until(lambda: "a frame could not be sent" in caplog.text)
        monkeypatch.undo()
        count = len(screen.drawn)
        await until(lambda: len(screen.drawn) > count + 3)
        clock.remove(screen)

    asyncio.run(body())


def watch(clock: FrameClock, *screens: Counter) -> None:
    """Have a page that shows screens, or none."""
    figures = dict.fromkeys((screen.figure_id for screen in screens), 900)
    shown = Report("p", {}, 1.0, 0, 0, 0.0, 0.0)._asdict()
    clock.link._take(clock.link, {"kind": "hello"}, [])  # noqa: SLF001
    clock.link._take(clock.link, {"kind": "report", **shown, "shown": figures}, [])  # noqa: SLF001


def test_observers_hear_of_the_status_though_nobody_watches() -> None:
    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        clock.link._take(clock.link, {"kind": "hello"}, [])  # noqa: SLF001
        await until(lambda: screen.kept_up >= 2)
        clock.remove(screen)

    asyncio.run(body())


def test_nobody_watching_nothing_is_drawn_and_a_report_wakes_the_clock() -> None:
    async def body() -> None:
        clock = FrameClock(asyncio.get_running_loop())
        screen = Counter()
        clock.add(screen)
        await until(lambda: len(screen.drawn) >= 1)
        clock.link._take(clock.link, {"kind": "hello"}, [])  # noqa: SLF001
        count = len(screen.drawn)
        await asyncio.sleep(0.7)
        assert len(screen.drawn) == count
        watch(clock, screen)
        await until(lambda: len(screen.drawn) > count + 3)
        watch(clock)
        await asyncio.sleep(0)
        count = len(screen.drawn)
        await asyncio.sleep(0.7)
        assert len(screen.drawn) == count
        clock.remove(screen)

    asyncio.run(body())
