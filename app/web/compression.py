"""Large answers, made smaller for clients that take them so.

Small ones go as they are: compressing takes longer than sending them. Large ones are compressed beside the loop.
Nothing here is a secret that a page of another origin could guess at: it can't have an answer made with a token.
"""

import asyncio
import zlib
from collections.abc import Callable

import brotli
from starlette.responses import Response

from app.web.answers import Encoded
from app.web.preferences import qualities

BESIDE_BYTES = 32_768
"""From this size on it would hold up the others: a thread does it."""

GZIP_LEVEL, BROTLI_QUALITY = 5, 4
"""A board of 60 deals with all their transitions, 460 kB, takes 5 ms by either, and becomes a twentieth."""

_GZIP_WINDOW = 31
"""What makes zlib write gzip's header."""


def _gzip(body: bytes) -> bytes:
    made = zlib.compressobj(GZIP_LEVEL, wbits=_GZIP_WINDOW)
    return made.compress(body) + made.flush()


def _brotli(body: bytes) -> bytes:
    found: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
    return found


_CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}
"""The one that is named first here is chosen among equals."""


def coding_of(accepted: str) -> str | None:
    """What the client likes best of what there is (RFC 9110, 12.5.3); None: the answer as it is."""
    liked = qualities(accepted)
    others = liked.get("*", 0.0)
    found = {name: liked.get(name, others) for name in _CODINGS}
    best = max(_CODINGS, key=found.__getitem__)
    return best if found[best] > 0 and found[best] >= liked.get("identity", 0.0) else None


async def compressed(answer: Response | Encoded, coding: str) -> Response:
    """The answer with its body in that coding."""
    shrink = _CODINGS[coding]
    whole = bytes(answer.body)
    small = await asyncio.to_thread(shrink, whole) if len(whole) >= BESIDE_BYTES else shrink(whole)
    headers = {"Content-Encoding": coding, "Vary": "Accept-Encoding"}
    if isinstance(answer, Encoded):
        return Response(small, 200, headers, media_type=f"{answer.type}; charset=utf-8")
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Response(small, answer.status_code, {**kept, **headers})
