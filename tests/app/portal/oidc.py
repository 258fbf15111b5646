"""An OpenID provider on a real socket: authorization code with PKCE, rotating refresh tokens, revocation.

Everybody who comes is signed in as `subject` at once, as providers do for whoever has a session there.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.settings import Settings
from tests.app.identity.provider import AUDIENCE, rsa_signer
from tests.serving import listening, settings_for

CLIENT = "portal"


@dataclass
class OpenId:
    """`seconds`: how long its access tokens hold. `refreshes`: whether it gives refresh tokens. `denies`: whether the
    person refuses. `claims`: the issuer that its configuration names, if another. `secret`: of a confidential client.
    `asked`: the parameters of each authorization."""

    subject: str
    issuer: str = ""
    seconds: int = 3600
    refreshes: bool = True
    denies: bool = False
    is_away: bool = False
    claims: str | None = None
    busy: int | None = None
    """The status that its token endpoint answers in place of tokens."""
    told: int = 0
    """How often its configuration was asked for."""
    secret: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/revoke", self._revoke, methods=["POST"]),
            ]
        )

    def settings(self, database_url: str, state_dir: Path, **changes: Any) -> Settings:
        """Of a server whose people sign in here."""
        fixed = {
            "jwks_url": f"{self.issuer}/keys",
            "jwt_issuer": self.issuer,
            "jwt_audience": AUDIENCE,
            "portal_client_id": CLIENT,
        }
        return settings_for(database_url, state_dir, **fixed | changes)

    async def _configuration(self, _: Request) -> Response:
        self.told += 1
        if self.is_away:
            return Response(status_code=503)
        names = {"authorization": "authorize", "token": "token", "revocation": "revoke", "end_session": "bye"}
        endpoints = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()}
        return JSONResponse({"issuer": self.claims or self.issuer, "jwks_uri": f"{self.issuer}/keys", **endpoints})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [rsa_signer("portal").jwk()]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        back: dict[str, str] = {"state": asked["state"], "iss": self.issuer}
        if self.denies:
            back["error"] = "access_denied"
        else:
            back["code"] = f"code-{next(self._numbers)}"
            self.codes[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)

    async def _token(self, request: Request) -> Response:
        if self.is_away or self.busy:
            return Response("<p>Not now", self.busy or 503)
        form = await _form(request)
        if self.secret is not None:
            pair = b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
            if "client_id" in form or request.headers.get("authorization") != f"Basic {pair}":
                return JSONResponse({"error": "invalid_client"}, 401)
            form["client_id"] = CLIENT
        if not (self._is_code(form) if form.get("grant_type") == "authorization_code" else self._is_refresh(form)):
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"access_token": self._access(), "token_type": "Bearer", "expires_in": self.seconds}
        if self.refreshes:
            answer["refresh_token"] = f"refresh-{next(self._numbers)}"
            self.refresh_tokens.add(str(answer["refresh_token"]))
        return JSONResponse(answer)

    def _access(self) -> str:
        return rsa_signer("portal").token(sub=self.subject, iss=self.issuer, jti=str(next(self._numbers)))

    def _is_code(self, form: dict[str, str]) -> bool:
        asked = self.codes.pop(form.get("code", ""), None)  # each is good for one try
        if asked is None:
            return False
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        same = all(asked[name] == form.get(name) for name in ("redirect_uri", "client_id"))
        return same and asked["code_challenge_method"] == "S256" and asked["code_challenge"] == challenge

    def _is_refresh(self, form: dict[str, str]) -> bool:
        given = form.get("refresh_token", "")
        known = given in self.refresh_tokens
        self.refresh_tokens.discard(given)
        return known and form.get("client_id") == CLIENT

    async def _revoke(self, request: Request) -> Response:
        self.revoked.append((await _form(request))["token"])
        return Response()


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


@asynccontextmanager
async def open_id(subject: str, chosen: Settings) -> AsyncIterator[OpenId]:
    provider = OpenId(subject)
    async with listening(provider.app(), chosen) as url:
        provider.issuer = url
        yield provider
