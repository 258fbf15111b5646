"""The client: one POST, one answer, within bounded time and space."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import httpcore2
import structlog

from app.outgoing.connecting import Forbidden, JudgedNetwork, Resolve
from app.outgoing.lookups import resolve
from app.outgoing.rules import Rules
from app.outgoing.urls import Target, read_url

KEPT_BYTES = 2_048
"""Of an answer's body; the rest is not read."""
CONNECTIONS, IDLE_CONNECTIONS, IDLE_SECONDS = 500, 100, 20.0
AGENT = "Stagepath"
NOT_CONNECTED = "It can't be connected to."
"""Of a name that is unknown, of one that stands for an address that isn't public and of a server that isn't there: who
may name URLs learns nothing of our network's names. The log tells them apart."""

log = structlog.get_logger(__name__)


class NotReached(Exception):
    """There is no answer. `reason`: in words for whoever owns the URL; it quotes nothing of an answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: by name in small letters. `body`: its first bytes. `milliseconds`: from the call to the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int

    @property
    def text(self) -> str:
        """The body as text that PostgreSQL takes."""
        return self.body.decode(errors="replace").replace("\0", "\ufffd")


class Outgoing:
    """Calls URLs by the rules. Connections are kept for a while and used again; `aclose` ends them."""

    def __init__(
        self,
        rules: Rules,
        *,
        resolver: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        connections: int = CONNECTIONS,
    ) -> None:
        """`connections`: at the same time; further calls wait for one of them."""
        self.rules = rules
        self._room = asyncio.Semaphore(connections)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=connections,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=JudgedNetwork(rules, resolver),
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, within: float) -> Answer:
        """Raises `BadUrl` and `NotReached`. `within`: seconds for all of it, the look-up of the name included, from
        when there is room for a connection: that there is none is no fault of the receiver's."""
        target = read_url(url, self.rules)
        request = _request(target, body, headers)
        async with self._room:
            return await self._post(target, request, within)

    async def _post(self, target: Target, request: httpcore2.Request, within: float) -> Answer:
        began = perf_counter()
        try:
            async with asyncio.timeout(within):
                status, fields, kept = await self._exchange(request)
        except TimeoutError:
            raise NotReached(f"No answer within {within:g} s.") from None
        except Forbidden as error:
            log.warning("not called: its address is none that may be reached", host=target.host, refused=str(error))
            raise NotReached(NOT_CONNECTED) from None
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            log.info("not reached", host=target.host, error=repr(error), cause=repr(error.__cause__))
            raise NotReached(_reason(error)) from None
        return Answer(status, fields, kept, round((perf_counter() - began) * 1000))

    async def _exchange(self, request: httpcore2.Request) -> tuple[int, Mapping[str, str], bytes]:
        response = await self._pool.handle_async_request(request)
        try:
            kept = bytearray()
            async for chunk in response.aiter_stream():
                kept += chunk[: KEPT_BYTES - len(kept)]
                if len(kept) == KEPT_BYTES:
                    break
        finally:
            await response.aclose()
        fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return response.status, fields, bytes(kept)

    async def aclose(self) -> None:
        await self._pool.aclose()


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> httpcore2.Request:
    address = httpcore2.URL(
        scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
    )
    sent = {
        "Host": target.authority,
        "User-Agent": AGENT,
        "Accept-Encoding": "identity",
        **headers,
        "Content-Length": str(len(body)),
    }
    return httpcore2.Request("POST", address, headers=list(sent.items()), content=body)


def _reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"Its certificate is not trusted: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return "It doesn't speak TLS as we do."
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore2.ConnectError | OSError):
        return NOT_CONNECTED
    return "It ended the connection without a whole answer."
