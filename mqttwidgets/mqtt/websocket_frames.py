"""The frames of a WebSocket (RFC 6455, section 5), whose payloads in a row are the bytes of MQTT [MQTT-6.0.0-2].

No frame is kept: data pass as they come, and of a control frame 125 bytes at most are held.
"""

from __future__ import annotations

import secrets

from ..base.text import printable

LONGEST_FRAME_BYTES = 268_435_460
"""The longest frame that is taken: as long as the longest packet of MQTT (MQTT 5, section 2.1.4)."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_LONGEST_CONTROL = 125
_FURTHER_BYTES = {126: 2, 127: 8}  # of an extended length, by the value in the place of a short one


class ViolationError(OSError):
    """The other side breaks the rules of WebSockets; the text says which."""


class FrameReader:
    """Takes the payloads out of frames as a server sends them.

    Attributes:
        ping: the payload of the latest PING, until somebody has answered it; None for none.
        violation: what is wrong with what came; None for nothing. Nothing is read after it.
        closing: why the other side closes the connection; None where it does not. Nothing is read after it.

    Example:
        >>> space = bytearray(bytes([0x82, 2]) + b"hi" + bytes([0x82, 1]) + b"!")
        >>> count = FrameReader().unframe(memoryview(space), len(space))
        >>> bytes(space[:count])
        b'hi!'
    """

    def __init__(self) -> None:
        self._head = bytearray()  # of the next frame, as far as it is there
        self._left = 0  # bytes of the present frame's payload that are still to come
        self._control = 0  # its opcode where it is no data
        self._controlling = bytearray()  # the payload of a control frame, as far as it is there
        self._is_fragmented = False  # whether a message goes on in further frames
        self.ping: bytes | None = None
        self.violation: ViolationError | None = None
        self.closing: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is read."""
        return self.violation is not None or self.closing is not None

    def unframe(self, space: memoryview, count: int) -> int:
        """Move the payloads of data in the first `count` bytes to the front; their number."""
        at = end = 0
        try:
            while at < count and not self.has_ended:
                if not self._left:
                    at = self._read_head(space, at, count)
                    continue
                size = min(self._left, count - at)
                if self._control:
                    self._controlling += space[at : at + size]
                else:
                    if at > end:
                        space[end : end + size] = space[at : at + size]
                    end += size
                at += size
                self._left -= size
                if self._control and not self._left:
                    self._steer()
        except ViolationError as violation:
            self.violation = violation
        return end

    def _read_head(self, space: memoryview, at: int, count: int) -> int:
        """Read a head as far as it has come; the place behind it."""
        head = self._head
        while at < count:
            length = 2 if len(head) < 2 else 2 + _FURTHER_BYTES.get(head[1] & _LENGTH, 0)
            size = min(length - len(head), count - at)
            head += space[at : at + size]
            at += size
            if len(head) >= 2 and len(head) == 2 + _FURTHER_BYTES.get(head[1] & _LENGTH, 0):
                self._begin(head[0], head[1], int.from_bytes(head[2:], "big") if len(head) > 2 else head[1])
                head.clear()
                break
        return at

    def _begin(self, first: int, second: int, length: int) -> None:
        opcode = first & _OPCODE
        _check(first, second, length)
        if opcode >= CLOSE:
            self._control, self._controlling = opcode, bytearray()
        else:
            if (opcode == CONTINUATION) != self._is_fragmented:
                raise ViolationError(
                    "a new message within another" if self._is_fragmented else "a continuation of nothing"
                )
            self._control, self._is_fragmented = 0, not first & _FIN
        self._left = length
        if self._control and not length:
            self._steer()

    def _steer(self) -> None:
        """Take in a control frame (RFC 6455, section 5.5)."""
        payload, opcode = bytes(self._controlling), self._control
        if opcode == PING:
            self.ping = payload
        elif opcode == CLOSE:
            self.closing = _closing_in_words(payload)


def _check(first: int, second: int, length: int) -> None:
    opcode = first & _OPCODE
    if first & _RESERVED:
        raise ViolationError("a frame with reserved bits")
    if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
        raise ViolationError(f"a frame of an unknown kind, {opcode:#x}")
    if opcode == TEXT:
        raise ViolationError("a text, where MQTT needs binary frames [MQTT-6.0.0-1]")
    if second & _MASKED:
        raise ViolationError("a masked frame, as only clients send them")
    if opcode >= CLOSE and (length > _LONGEST_CONTROL or not first & _FIN):
        raise ViolationError("a control frame that is too long or in pieces")
    if length > LONGEST_FRAME_BYTES:
        raise ViolationError(f"a frame of {length:,} bytes, longer than any packet of MQTT")


def _closing_in_words(payload: bytes) -> str:
    """The code of a CLOSE and its reason, as far as it has them (RFC 6455, section 5.5.1)."""
    if len(payload) < 2:
        return "without a reason"
    reason = printable(payload[2:].decode(errors="replace"), _LONGEST_CONTROL)
    code = int.from_bytes(payload[:2], "big")
    return f"{code} {reason}".rstrip()


def framed(opcode: int, payload: bytes | bytearray) -> bytes:
    """A frame as a client sends it, masked (RFC 6455, section 5.3).

    Example:
        >>> space = bytearray(framed(BINARY, b"hi"))
        >>> space[:2] == bytes([0x82, 0x82]), len(space)
        (True, 8)
    """
    length = len(payload)
    if length < 126:
        head = bytes([_FIN | opcode, _MASKED | length])
    elif length < 65_536:
        head = bytes([_FIN | opcode, _MASKED | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([_FIN | opcode, _MASKED | 127]) + length.to_bytes(8, "big")
    mask = secrets.token_bytes(4)
    pattern = (mask * (length // 4 + 1))[:length]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
    return head + mask + masked.to_bytes(length, "big")
