"""In the notebook's kernel: feeds plots at a steady pace and notes when it did and what it took.

A frame is twenty new samples for each plot. Frame n ends with the value n modulo the number of levels, which it
does not exceed, so that whoever sees where a line ends knows which frame that is. Before its end it dips now
and then, and in windows too short for all levels it goes now and then to both ends of the scale, which thus
stays as it is.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple, Protocol

import numpy as np

SAMPLES = 20
"""New samples a frame and plot."""

IDLE_S, SETTLE_S, WARM_UP_S = 3.0, 1.5, 2.0
"""Without a peer; after a full window was given at once; with frames that do not count yet."""


class Setting(NamedTuple):
    """What is drawn.

    Attributes:
        plots: how many, one line each.
        window: samples in view.
        fps: frames a second.
        broker: the URL of a broker.
        width: of a plot's figure, in px.
        height: of a plot's figure, in px.
        levels: the values that frames end with are less than that.
    """

    plots: int
    window: int
    fps: float
    broker: str
    width: int
    height: int
    levels: int


class Peer(Protocol):
    """Whoever draws."""

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Give every plot these samples and have them drawn."""


class Feeder:
    """Feeds a peer on the kernel's event loop.

    Args:
        peer: whoever draws.
        setting: what is drawn.
    """

    def __init__(self, peer: Peer, setting: Setting) -> None:
        self._peer, self._setting = peer, setting
        self._task: asyncio.Task[None] | None = None
        self._set_at: list[float] = []
        self._spans: dict[str, tuple[float, float]] = {}
        self._cpu_s: dict[str, float] = {}
        self._frames: dict[str, int] = {}
        self._x = 0.0
        self._dips = np.append(np.abs(np.sin(np.arange(1, SAMPLES))) * setting.levels / 30, 0.0)
        self._extremes_every = max(setting.window // SAMPLES // 3, 1)

    def start(self, seconds: float) -> None:
        """Begin: first idle, then a full window, then frames to warm up, then what counts for `seconds`."""
        self._task = asyncio.ensure_future(self._run(seconds))

    def report(self) -> dict[str, Any]:
        """When each frame was set (epoch s), and of each part when it was (epoch s), its CPU time and its frames.

        An error of the peer's is raised here.
        """
        if self._task is None or not self._task.done():
            raise RuntimeError(f"not done: {len(self._set_at)} frames")
        self._task.result()
        return {"set_at": self._set_at, "spans": self._spans, "cpu_s": self._cpu_s, "frames": self._frames}

    async def _run(self, seconds: float) -> None:
        await self._part("idle", IDLE_S, lambda: self._samples(0))
        self._x = time.time() - self._setting.window * self._step_s
        frames = max(self._setting.window // SAMPLES, 1)
        prefill = [self._next(number) for number in range(-frames, 0)]
        self._peer.push(*(np.concatenate(part) for part in zip(*prefill, strict=True)))
        await asyncio.sleep(SETTLE_S)
        await self._part("warm-up", WARM_UP_S, self._frame)
        await self._part("measured", seconds, self._frame)

    async def _part(self, name: str, seconds: float, frame: Any) -> None:
        began, cpu_s, frames = time.time(), time.process_time(), 0
        while (due := began + frames / self._setting.fps) < began + seconds:
            await asyncio.sleep(max(0.0, due - time.time()))
            if time.time() - began >= seconds:
                break
            frame()
            frames += 1
        await asyncio.sleep(max(0.0, began + seconds - time.time()))
        self._spans[name] = (began, time.time())
        self._cpu_s[name] = time.process_time() - cpu_s
        self._frames[name] = frames

    def _frame(self) -> None:
        x, y = self._next(len(self._set_at))
        self._set_at.append(time.time())
        self._peer.push(x, y)

    @property
    def _step_s(self) -> float:
        return 1 / (SAMPLES * self._setting.fps)

    def _next(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = self._samples(number)
        x += self._x
        self._x += SAMPLES * self._step_s
        return x, y

    def _samples(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        levels, window = self._setting.levels, self._setting.window
        y = np.maximum(number % levels - self._dips, 0.0)
        if window < levels * SAMPLES and number % self._extremes_every == 0:
            y[:2] = 0, levels - 1
        return np.arange(1, SAMPLES + 1) * self._step_s, y
