"""HTTP that reads no more than it was told to."""

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache

import httpx2


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Reading the certificate authorities takes 50 ms."""
    return httpx2.create_ssl_context()


class TooLarge(httpx2.TransportError):
    """The server's answer is larger than anything that could be of use."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Stops at `most` bytes of an answer. Compressed answers are refused, for they may be small and yet too large; the
    client doesn't ask for them."""

    def __init__(self, most: int) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=_trusted())
        self._most = most

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise TooLarge("a compressed answer, though none was asked for", request=request)
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(stream, self._most, request)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most: int, request: httpx2.Request) -> None:
        self._stream, self._most, self._request = stream, most, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise TooLarge(f"an answer of more than {self._most} bytes", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
