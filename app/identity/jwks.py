"""An identity provider's signing keys (JWKS): fetched, kept for a while, fetched anew when they rotate."""

import asyncio
import json
import math
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any

import httpx2
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

STALE_SECONDS = 3600.0
"""How long past their time keys still serve while the provider can't be reached."""
RETRY_SECONDS = 5.0
"""Fetches, failed or not, are at least this far apart, whatever key ids tokens name."""
PATIENCE_SECONDS = 0.5
"""How long a token waits for newer keys when older ones already hold its key."""
FETCH_SECONDS = 5.0
MAX_BYTES = 262_144

_PUBLIC_MEMBERS = ("kty", "kid", "n", "e", "crv", "x", "y")

log = structlog.get_logger(__name__)


class KeysUnavailable(Exception):
    """The identity provider's keys can't be had at the moment, so a token can't be judged."""


class FetchFailed(Exception):
    """One fetch of the keys went wrong; the message says how."""


class KeySet:
    """The keys that `url` publishes. `fresh_seconds` is how long they serve before they are asked for again.

    One fetch runs at a time, shared by all who wait. Keys that the provider withdrew stop serving with the next fetch;
    while it is down the last ones serve for `STALE_SECONDS` more.
    """

    def __init__(
        self,
        url: str,
        *,
        fresh_seconds: float,
        fetch_seconds: float = FETCH_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fresh_seconds = fresh_seconds
        self._fetch_seconds = fetch_seconds
        self._patience_seconds = patience_seconds
        self._retry_seconds = min(RETRY_SECONDS, fresh_seconds)
        self._clock = clock
        self._keys: tuple[PyJWK, ...] = ()
        self._fetched_at = -math.inf
        self._next_fetch_at = -math.inf
        self._last_fetch_failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, key_id: str | None) -> PyJWK | None:
        """The key of that id; without an id, the only key there is. None when the provider publishes no such key.

        Raises `KeysUnavailable` when it isn't known because the provider can't be reached.
        """
        found = self._held(key_id)
        if found is None or self._age() >= self._fresh_seconds:
            await self._refresh(patience=None if found is None else self._patience_seconds)
            found = self._held(key_id)
        if found is None and self._last_fetch_failed:
            raise KeysUnavailable
        return found

    def at_hand(self, key_id: str | None) -> PyJWK | None:
        """As `key`, where that need ask nobody; else None."""
        return self._held(key_id) if self._age() < self._fresh_seconds else None

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _held(self, key_id: str | None) -> PyJWK | None:
        if self._age() >= self._fresh_seconds + STALE_SECONDS:
            return None
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == key_id), None)

    async def _refresh(self, patience: float | None) -> None:
        if self._fetching is None:
            if self._clock() < self._next_fetch_at:
                return
            # A context of its own: the fetch belongs to nobody's request, though one of them started it.
            self._fetching = asyncio.create_task(self._fetch(), context=Context())
        done, _ = await asyncio.wait({self._fetching}, timeout=patience)
        for fetch in done:
            fetch.result()

    async def _fetch(self) -> None:
        self._last_fetch_failed = True
        try:
            self._keys = await fetch_keys(self._url, within=self._fetch_seconds)
            self._fetched_at = self._clock()
            self._last_fetch_failed = False
        except FetchFailed as failure:
            host = httpx2.URL(self._url).host
            log.warning("signing_keys_not_fetched", host=host, reason=str(failure), keys_kept=len(self._keys))
        finally:
            self._next_fetch_at = self._clock() + self._retry_seconds
            self._fetching = None


async def fetch_keys(url: str, *, within: float = FETCH_SECONDS) -> tuple[PyJWK, ...]:
    """The usable keys at `url`, at least one, `within` seconds. No redirect is followed: keys come from where settings
    say. Raises `FetchFailed`.
    """
    headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    try:
        async with (
            asyncio.timeout(within),
            httpx2.AsyncClient(timeout=within, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code != httpx2.codes.OK:
                raise FetchFailed(f"the answer's status is {response.status_code}")
            body = await _bounded_body(response)
    except (httpx2.HTTPError, TimeoutError) as error:
        raise FetchFailed(f"no answer: {type(error).__name__}") from error
    keys = parse_keys(body)
    if not keys:
        raise FetchFailed("the answer holds no RS256 or ES256 key")
    return keys


async def _bounded_body(response: httpx2.Response) -> bytes:
    """The body as sent: one that is compressed all the same, and so of unknown size, won't parse as JSON."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed(f"the answer is longer than {MAX_BYTES} bytes")
    return bytes(body)


def parse_keys(body: bytes) -> tuple[PyJWK, ...]:
    """The keys of a JWK set that sign with RS256 (2048 bits or more) or ES256; others are passed over.

    Raises `FetchFailed` when it is no JWK set.
    """
    try:
        published = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchFailed("the answer is not JSON") from error
    members = published.get("keys") if isinstance(published, dict) else None
    if not isinstance(members, list):
        raise FetchFailed("the answer is not a JWK set")
    return tuple(key for member in members if isinstance(member, dict) and (key := _signing_key(member)))


def _signing_key(member: dict[str, Any]) -> PyJWK | None:
    algorithm = _algorithm(member)
    operations = member.get("key_ops", ["verify"])
    verifies = isinstance(operations, list) and "verify" in operations and member.get("use", "sig") == "sig"
    if algorithm is None or not verifies:
        return None
    try:
        key = PyJWK({name: member[name] for name in _PUBLIC_MEMBERS if name in member}, algorithm)
    except PyJWTError:
        return None
    return None if key.Algorithm.check_key_length(key.key) else key


def _algorithm(member: dict[str, Any]) -> str | None:
    """The one algorithm that this key verifies, pinned to it whatever a token's header says."""
    match member.get("kty"), member.get("crv"):
        case "RSA", _:
            algorithm = "RS256"
        case "EC", "P-256":
            algorithm = "ES256"
        case _:
            return None
    return algorithm if member.get("alg", algorithm) == algorithm else None
