"""Kernels of dashboards, which end when nobody is connected to them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from mqttwidgets import dashboards


def test_a_kernel_that_still_runs_its_notebook_waits_for_its_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboards, "FIRST_PATIENCE_S", 0.5)

    async def lifetime_s() -> tuple[float, float]:
        manager: Any = dashboards.KernelPerViewer()
        kernel = await manager.start_kernel()
        client = manager.get_kernel(kernel).client()
        client.start_channels()
        began = time.monotonic()
        client.execute("import time; time.sleep(2)")
        while kernel in manager:
            assert time.monotonic() < began + 60
            await asyncio.sleep(0.05)
        client.stop_channels()
        return time.monotonic() - began, len(manager)

    lasted, left = asyncio.run(lifetime_s())
    assert (lasted >= 2, left) == (True, 0)
