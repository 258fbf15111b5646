"""WebSocket frames of the server's side.

One text goes to thousands of sockets without being wrapped anew. uvicorn's protocol takes a message through a
coroutine, a dict, an encoder and a frame object, for each receiver. A frame is two to ten bytes of header and the text
(RFC 6455, 5.2): with no extension negotiated nothing else depends on the connection.
"""

import struct

_WHOLE_TEXT = 0x81


def frame(text: bytes) -> bytes:
    """A whole text message, as the server sends it. `text` is UTF-8."""
    size = len(text)
    if size < 126:
        return bytes((_WHOLE_TEXT, size)) + text
    if size < 65536:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, size) + text
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, size) + text


class Frames:
    """Makes the frames of shared payloads, and the last one only once: clients often use the same id."""

    def __init__(self) -> None:
        self._made: tuple[bytes, bytes, bytes] = (b"", b"", b"")

    def of(self, head: bytes, payload: bytes) -> bytes:
        """The frame of `head`, `payload` and a closing brace."""
        known_head, known, made = self._made
        if known is payload and known_head == head:
            return made
        made = frame(b"%b%b}" % (head, payload))
        self._made = (head, payload, made)
        return made
