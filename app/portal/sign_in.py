"""`/session/…`: signing in to the portal at the identity provider, by authorization code with PKCE (RFC 7636).

The page gets access tokens, each for its time, and keeps them in memory alone. What outlives a reload is a cookie with
the refresh token, sealed, that no script reads, that is sent to `/session` alone, and never by other sites' pages
(`SameSite=Strict`). Besides, what changes something has to come from a page of our own origin, as JSON.
"""

import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.portal.provider import Provider, ProviderUnavailable, Refused, Tokens
from app.sealing import opened, sealed
from app.settings import Settings

SIGN_IN, SESSION = "stagepath_sign_in", "stagepath_session"
SIGN_IN_SECONDS = 600
MOST_LETTERS = 3_800
"""Of a cookie: browsers take 4,096 bytes of name, value and attributes."""
LEFT_SECONDS = 30
"""A token with less left is not handed out."""
MOST_PATH = 2_000
SPENT = "invalid_grant"
"""What a provider says of a refresh token that it doesn't take any more."""

_PURPOSE = "portal"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

log = structlog.get_logger(__name__)


def session_routes(settings: Settings) -> list[Route]:
    """None where no client id at a provider is set."""
    if settings.portal_client_id is None or settings.jwt_issuer is None or not settings.portal:
        return []
    signing_in = SigningIn(settings, Provider(settings))
    return [
        Route("/session/start", signing_in.start, methods=["GET"]),
        Route("/session/callback", signing_in.callback, methods=["GET"]),
        Route("/session/token", signing_in.token, methods=["POST"]),
        Route("/session/end", signing_in.end, methods=["POST"]),
    ]


class SigningIn:
    def __init__(self, settings: Settings, provider: Provider) -> None:
        self._settings = settings
        self._provider = provider

    async def start(self, request: Request) -> Response:
        try:
            addresses = await self._provider.addresses()
        except ProviderUnavailable as failure:
            return self._failed(request, "unavailable", failure)
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._callback(request),
            "scope": self._settings.portal_scopes,
            "state": state,
            "code_challenge": _letters(sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **({"audience": self._settings.jwt_audience} if self._settings.jwt_audience else {}),
        }
        joint = "&" if urlsplit(addresses.authorization).query else "?"
        answer = RedirectResponse(f"{addresses.authorization}{joint}{urlencode(asked)}", 303, _HEADERS)
        kept = {"state": state, "verifier": verifier, "to": _path(request.query_params.get("to")), "at": time.time()}
        self._keep(request, answer, SIGN_IN, kept, max_age=SIGN_IN_SECONDS, same_site="lax")
        return answer

    async def callback(self, request: Request) -> Response:
        """Where the provider sends the browser back to."""
        begun, given = _kept(request, SIGN_IN), request.query_params
        if begun is None or time.time() - begun["at"] > SIGN_IN_SECONDS:
            return self._failed(request, "expired")
        if not compare_digest(given.get("state", "").encode(), begun["state"].encode()):
            return self._failed(request, "expired")
        if given.get("iss", self._provider.issuer) != self._provider.issuer:  # RFC 9207
            return self._failed(request, "refused")
        code = given.get("code")
        if not code:
            return self._failed(request, "denied" if given.get("error") == "access_denied" else "refused")
        try:
            tokens = await self._provider.for_code(code, begun["verifier"], self._callback(request))
        except Refused as refused:
            return self._failed(request, "refused", refused)
        except ProviderUnavailable as failure:
            return self._failed(request, "unavailable", failure)
        answer = RedirectResponse(f"{self._root(request)}{begun['to']}", 303, _HEADERS)
        self._forget(request, answer, SIGN_IN)
        self._remember(request, answer, tokens)
        return answer

    async def token(self, request: Request) -> Response:
        """An access token for the session of the cookie: the one at hand, or the next; `last` where there is none."""
        if (wrong := self._foreign(request)) is not None:
            return JSONResponse({"error": wrong}, 403, _HEADERS)
        kept = _kept(request, SESSION)
        if kept is None:
            return JSONResponse({"error": "Nobody is signed in."}, 401, _HEADERS)
        left = int(kept.get("until", 0) - time.time())
        if left > LEFT_SECONDS and request.query_params.get("next") is None:
            return JSONResponse({"accessToken": kept["access"], "seconds": left}, headers=_HEADERS)
        if "refresh" not in kept:
            if left <= 0:
                return self._over(request)
            return JSONResponse({"accessToken": kept["access"], "seconds": left, "last": True}, headers=_HEADERS)
        try:
            tokens = await self._provider.renewed(kept["refresh"])
        except Refused as refused:
            log.info("session not renewed", error=refused.error)
            return self._over(request) if refused.error == SPENT else self._later()
        except ProviderUnavailable as failure:
            log.warning("identity provider unavailable", reason=str(failure))
            return self._later()
        answer = JSONResponse({"accessToken": tokens.access, "seconds": tokens.seconds}, headers=_HEADERS)
        self._remember(request, answer, tokens)
        return answer

    async def end(self, request: Request) -> Response:
        """Ends the session here and its refresh token; `to` is where it is ended at the provider, if it offers that."""
        if (wrong := self._foreign(request)) is not None:
            return JSONResponse({"error": wrong}, 403, _HEADERS)
        kept, to = _kept(request, SESSION), None
        try:
            if kept and "refresh" in kept:
                await self._provider.revoke(kept["refresh"])
            if address := (await self._provider.addresses()).end_session:
                back = {"client_id": self._provider.client_id, "post_logout_redirect_uri": f"{self._root(request)}/"}
                to = f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(back)}"
        except ProviderUnavailable as failure:
            log.warning("session not ended at the identity provider", reason=str(failure))
        answer = JSONResponse({"to": to}, headers=_HEADERS)
        self._forget(request, answer, SESSION)
        return answer

    def _foreign(self, request: Request) -> str | None:
        """What keeps a request from being one of our own page's."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self._root(request)))
        site = request.headers.get("sec-fetch-site", "same-origin")
        if request.headers.get("origin") != origin or site != "same-origin":
            return "Sessions are for pages of this origin."
        return None if request.headers.get("content-type") == "application/json" else "Send it as application/json."

    def _root(self, request: Request) -> str:
        """Without a slash at its end."""
        return str(self._settings.public_url or request.base_url).rstrip("/")

    def _callback(self, request: Request) -> str:
        return f"{self._root(request)}/session/callback"

    def _failed(self, request: Request, why: str, error: Exception | None = None) -> Response:
        """Back to the page for signing in, which says `why`."""
        log.info("not signed in", why=why, reason=str(error) if error else None)
        answer = RedirectResponse(f"{self._root(request)}/?signin={why}", 303, _HEADERS)
        self._forget(request, answer, SIGN_IN)
        return answer

    def _later(self) -> Response:
        """The session stays as it is: what keeps it from being renewed may pass."""
        error = {"error": "The identity provider can't be reached at the moment."}
        return JSONResponse(error, 503, {**_HEADERS, "Retry-After": "5"})

    def _over(self, request: Request) -> Response:
        answer = JSONResponse({"error": "The session has ended; sign in again."}, 401, _HEADERS)
        self._forget(request, answer, SESSION)
        return answer

    def _remember(self, request: Request, answer: Response, tokens: Tokens) -> None:
        until = time.time() + tokens.seconds
        access = {"access": tokens.access, "until": until}
        refresh = {"refresh": tokens.refresh} if tokens.refresh else {}
        for kept in ({**access, **refresh}, refresh):
            if kept and self._keep(request, answer, SESSION, kept, same_site="strict"):
                return
        log.warning("session not kept", reason="the provider's tokens don't fit into a cookie")
        self._forget(request, answer, SESSION)

    def _keep(
        self,
        request: Request,
        answer: Response,
        name: str,
        kept: Mapping[str, Any],
        *,
        same_site: Any,
        max_age: int | None = None,
    ) -> bool:
        """Without `max_age`, until the browser is closed. Whether it fits."""
        text = _letters(sealed(orjson.dumps(kept), _PURPOSE, name.encode()))
        if len(text) > MOST_LETTERS:
            return False
        where = self._where(request)
        answer.set_cookie(name, text, max_age=max_age, httponly=True, samesite=same_site, **where)
        return True

    def _forget(self, request: Request, answer: Response, name: str) -> None:
        answer.delete_cookie(name, httponly=True, **self._where(request))

    def _where(self, request: Request) -> dict[str, Any]:
        root = urlsplit(self._root(request))
        return {"path": f"{root.path}/session", "secure": root.scheme == "https"}


def _kept(request: Request, name: str) -> dict[str, Any] | None:
    text = request.cookies.get(name, "")
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    plain = opened(raw, _PURPOSE, name.encode())
    return None if plain is None else orjson.loads(plain)


def _letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _path(given: str | None) -> str:
    """A path of ours to go on with, so that a link to here leads nowhere else."""
    if not given or len(given) > MOST_PATH or not given.isprintable() or "\\" in given:
        return "/"
    return given if given.startswith("/") and not given.startswith("//") else "/"
