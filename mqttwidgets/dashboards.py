"""Kernels of dashboards that end when their viewer has left.

Voilà gives every viewer a kernel. It ends it when the page says goodbye, and leaves it running where that never
comes: the browser was killed, the page closed before it was ready. To cull idle kernels is no remedy: before a
page has answered, a kernel with a live plot is never idle. With

    voila dashboard.ipynb --VoilaConfiguration.multi_kernel_manager_class=mqttwidgets.dashboards.KernelPerViewer

a kernel ends soon after the last page that was connected to it is gone. `mqttwidgets dashboard` uses it. Not for
Voilà's preheated kernels, which wait for a viewer for as long as it takes.

It rests on public names of jupyter_server's kernel managers alone: `start_kernel`, `shutdown_kernel`,
`notify_connect`, `notify_disconnect` and the number of connections in `kernel_model`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

FIRST_PATIENCE_S = 60.0
"""How long a kernel waits for its first page, which runs the notebook and loads before it connects."""

PATIENCE_S = 4.0
"""How long it waits for a page that is gone: networks have hiccups."""


class KernelPerViewer(AsyncMappingKernelManager):
    """A kernel manager that ends a kernel which nobody is connected to."""

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        """Start a kernel; it ends unless somebody connects."""
        kernel = str(await super().start_kernel(**options))
        self._end_later(kernel, FIRST_PATIENCE_S)
        return kernel

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page is gone."""
        super().notify_disconnect(kernel_id)  # type: ignore[no-untyped-call]
        self._end_later(kernel_id, PATIENCE_S)

    def _end_later(self, kernel: str, patience_s: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(patience_s, lambda: loop.create_task(self._end_if_alone(kernel)))

    async def _end_if_alone(self, kernel: str) -> None:
        manager: Any = self  # its methods have no types
        if kernel in manager and not manager.kernel_model(kernel)["connections"]:
            manager.log.info("No viewer of kernel %s is left: it ends.", kernel)
            await manager.shutdown_kernel(kernel)
