"""What a page receives from its kernel."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocket


class Traffic:
    """Counts the frames of the link that a page receives, as they are on its websocket.

    Args:
        page: which; it counts what comes by connections that the page opens from now on.
    """

    def __init__(self, page: Page) -> None:
        self.frames = self.others = 0
        self._page = page
        page.on("websocket", self._listen)

    def close(self) -> None:
        """Count no connection that is opened from now on."""
        self._page.remove_listener("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        data = payload if isinstance(payload, bytes) else payload.encode()
        header, _, rest = data.partition(b"}{")
        if b'"comm_msg"' in header:
            self.frames += b'"seq"' in rest
            self.others += b'"seq"' not in rest and b'"raster"' not in rest  # seldom, for the picture that is kept

    def forget(self) -> None:
        """Count from here."""
        self.frames = self.others = 0
