"""Kernels that end with their viewers, and so many of them at most.

It rests on public names of jupyter_server's kernel managers alone: `start_kernel`, `shutdown_kernel`,
`notify_disconnect`, `list_kernel_ids` and the number of connections in `kernel_model`.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError

from . import MOST_VIEWERS

FIRST_PATIENCE_S = 60.0
"""How long a kernel waits for its first page, which connects when the notebook has run and the page has loaded;
so the time counts from when the kernel is seen idle."""

MOST_PATIENCE_S = 1800.0
"""How long it waits for that in all."""

PATIENCE_S = 4.0
"""How long it waits for a page that is gone: networks have hiccups."""


class KernelPerViewer(AsyncMappingKernelManager):
    """A kernel manager that ends a kernel which nobody is connected to."""

    most_kernels = MOST_VIEWERS
    """How many kernels there are at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._starting: set[str] = set()
        self._endings: set[asyncio.Future[None]] = set()  # the loop itself holds them weakly

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        """Start a kernel; it ends unless somebody connects.

        Raises:
            HTTPError: 503 (RFC 9110, 15.6.4) where there are as many as may be.
        """
        if len({*self.list_kernel_ids(), *self._starting}) >= self.most_kernels:
            raise HTTPError(503)
        name = str(uuid.uuid4())
        self._starting.add(name)
        try:
            kernel = str(await super().start_kernel(kernel_id=name, **options))
        finally:
            self._starting.discard(name)
        self._end_later(kernel, FIRST_PATIENCE_S, MOST_PATIENCE_S)
        return kernel

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page is gone."""
        super().notify_disconnect(kernel_id)  # type: ignore[no-untyped-call]
        self._end_later(kernel_id, PATIENCE_S)

    def _end_later(self, kernel: str, patience_s: float, in_all_s: float = 0.0, was_idle: bool = False) -> None:
        """End a kernel after a while if nobody is connected then; `in_all_s` is for one not idle for that long."""
        loop = asyncio.get_running_loop()
        loop.call_later(patience_s, self._end_if_alone, kernel, patience_s, in_all_s, was_idle)

    def _end_if_alone(self, kernel: str, patience_s: float, in_all_s: float, was_idle: bool) -> None:
        manager: Any = self  # its methods have no types
        if kernel not in manager:
            return
        model = manager.kernel_model(kernel)
        if model["connections"]:
            return
        is_idle = model["execution_state"] == "idle"
        if in_all_s > patience_s and not (is_idle and was_idle):
            self._end_later(kernel, patience_s, in_all_s - patience_s, is_idle)
            return
        manager.log.info("No viewer of kernel %s is left: it ends.", kernel)
        ending = asyncio.ensure_future(manager.shutdown_kernel(kernel))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
