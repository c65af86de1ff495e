"""Kernels of dashboards, which end when nobody is connected to them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from mqttwidgets import dashboards


def test_a_kernel_waits_for_its_first_page_from_when_its_notebook_has_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It looks for a page each two seconds; the notebook has run half a second before the second look."""
    monkeypatch.setattr(dashboards, "FIRST_PATIENCE_S", 2.0)
    done = tmp_path / "done"

    async def lifetime_s() -> tuple[float, int]:
        manager: Any = dashboards.KernelPerViewer()
        began = time.monotonic()
        kernel = await manager.start_kernel()
        client = manager.get_kernel(kernel).client()
        client.start_channels()
        client.execute(f"import pathlib, time\nwhile not pathlib.Path({str(done)!r}).exists(): time.sleep(0.01)")
        await asyncio.sleep(began + 3.5 - time.monotonic())
        assert kernel in manager, "one that still runs its notebook"
        done.touch()
        ran = time.monotonic()
        while kernel in manager:
            assert time.monotonic() < ran + 60
            await asyncio.sleep(0.05)
        client.stop_channels()
        return time.monotonic() - ran, len(manager)

    lasted, left = asyncio.run(lifetime_s())
    assert (lasted >= 2, left) == (True, 0)
