"""The identity provider that people of the portal sign in at: its addresses, and tokens for codes and refresh tokens.

OpenID Connect discovery (`/.well-known/openid-configuration`) and OAuth 2.0 (RFC 6749, RFC 7636). No redirect is
followed, and answers are bounded in time and size.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import httpx2
import orjson

from app.settings import Mode, Settings

SECONDS = 5.0
MOST_BYTES = 262_144
FRESH_SECONDS, QUIET_SECONDS = 3_600.0, 5.0
"""How long its addresses hold, and how long it is left alone once it has not told them."""
_REFUSALS = (httpx2.codes.BAD_REQUEST, httpx2.codes.UNAUTHORIZED)


class ProviderUnavailable(Exception):
    """The provider can't be reached, or doesn't answer as the standards say."""


class Refused(Exception):
    """The provider gives no token. `error` is its code of RFC 6749, section 5.2, or `invalid_response`."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Tokens(NamedTuple):
    """`seconds`: how long `access` holds. `refresh` is None where the provider gives none."""

    access: str
    seconds: int
    refresh: str | None


class Addresses(NamedTuple):
    authorization: str
    token: str
    end_session: str | None
    revocation: str | None


class Provider:
    def __init__(self, settings: Settings, *, fresh: float = FRESH_SECONDS) -> None:
        """Of `jwt_issuer`, as the client `portal_client_id`; both have to be set. `fresh`: seconds after which its
        addresses are read again."""
        assert settings.jwt_issuer
        assert settings.portal_client_id
        self.issuer = settings.jwt_issuer
        self.client_id = settings.portal_client_id
        secret = settings.portal_client_secret
        self._secret = secret.get_secret_value() if secret else None
        self._may_be_plain = settings.mode is Mode.DEVELOPMENT
        self._addresses: Addresses | None = None
        self._fresh = fresh
        self._read_again_at = 0.0
        self._failure = ""
        self._reading = asyncio.Lock()

    async def addresses(self) -> Addresses:
        """Those that it told last, as long as it tells no others. Raises `ProviderUnavailable`."""
        async with self._reading:
            if time.monotonic() >= self._read_again_at:
                try:
                    self._addresses = await self._discovered()
                    self._read_again_at = time.monotonic() + self._fresh
                except ProviderUnavailable as failure:
                    self._failure = str(failure)
                    self._read_again_at = time.monotonic() + QUIET_SECONDS
            if self._addresses is None:
                raise ProviderUnavailable(self._failure)
            return self._addresses

    async def for_code(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """Raises `Refused`, `ProviderUnavailable`."""
        return await self._tokens(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        )

    async def renewed(self, refresh: str) -> Tokens:
        """Raises `Refused`, `ProviderUnavailable`."""
        found = await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh})
        return found if found.refresh else found._replace(refresh=refresh)

    async def revoke(self, refresh: str) -> None:
        """Raises `ProviderUnavailable`. Nothing happens where the provider offers no revocation (RFC 7009)."""
        address = (await self.addresses()).revocation
        if address:
            await self._post(address, {"token": refresh, "token_type_hint": "refresh_token"})

    async def _tokens(self, grant: Mapping[str, str]) -> Tokens:
        status, body = await self._post((await self.addresses()).token, grant)
        said = _object(body)
        error = said.get("error")
        if status in _REFUSALS and isinstance(error, str):
            raise Refused(error)
        if status != httpx2.codes.OK:
            raise ProviderUnavailable(f"the token endpoint's status is {status}")
        access, seconds, refresh = said.get("access_token"), said.get("expires_in"), said.get("refresh_token")
        if not isinstance(access, str) or not access or str(said.get("token_type", "")).lower() != "bearer":
            raise Refused("invalid_response")
        lasts = int(seconds) if isinstance(seconds, int | float) and seconds > 0 else 300
        return Tokens(access, lasts, refresh if isinstance(refresh, str) and refresh else None)

    async def _post(self, address: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        headers = {"Accept": "application/json"}
        if self._secret is None:
            form = {**form, "client_id": self.client_id}
        else:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self._secret)}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        return await _answer("POST", address, headers, form)

    async def _discovered(self) -> Addresses:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        status, body = await _answer("GET", address, {"Accept": "application/json"})
        said = _object(body)
        if status != httpx2.codes.OK or said.get("issuer") != self.issuer:
            raise ProviderUnavailable("its configuration isn't that of STAGEPATH_JWT_ISSUER")
        found = {
            name: self._address(said.get(f"{name}_endpoint"))
            for name in ("authorization", "token", "end_session", "revocation")
        }
        authorization, token = found["authorization"], found["token"]
        if authorization is None or token is None:
            raise ProviderUnavailable("its configuration names no endpoints over HTTPS")
        return Addresses(authorization, token, found["end_session"], found["revocation"])

    def _address(self, given: object) -> str | None:
        if not isinstance(given, str):
            return None
        scheme = given.partition("://")[0].lower()
        return given if scheme == "https" or (scheme == "http" and self._may_be_plain) else None


async def _answer(
    method: str, address: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False) as client,
            client.stream(method, address, headers=dict(headers), data=dict(form) if form else None) as response,
        ):
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise ProviderUnavailable("its answer is too large")
            return response.status_code, body
    except (httpx2.HTTPError, TimeoutError) as error:
        raise ProviderUnavailable(f"no answer: {type(error).__name__}") from error


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}
