"""A small OpenID Connect provider on a real socket: discovery, keys, authorization code with PKCE, client credentials.

It asks nobody for a password: whoever `login_hint` names is signed in, as `people` has them.
"""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.app.identity.provider import Signer, rsa_signer
from tests.waiting import PATIENCE

AUDIENCE = "stagepath"
PORTAL, REDIRECT = "portal", "http://portal.example/callback"
MACHINE = ("erp", "secret-of-the-erp")


@dataclass
class OidcProvider:
    """`people`: claims by login. `codes`: what each stands for until it is redeemed, once."""

    url: str
    signer: Signer
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        known = (asked.get("client_id"), asked.get("redirect_uri"), asked.get("code_challenge_method"))
        assert known == (PORTAL, REDIRECT, "S256"), asked
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{REDIRECT}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        if form.get("grant_type") == "client_credentials":
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            if given != ":".join(MACHINE):
                return 401, {"error": "invalid_client"}
            return 200, self._tokens(MACHINE[0], {})
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or challenge(form.get("code_verifier", "")) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        login = asked["login_hint"]
        return 200, self._tokens(login, self.people[login]) | {"id_token": self._signed(login, PORTAL, {})}

    def _tokens(self, login: str, claims: dict[str, Any]) -> dict[str, Any]:
        return {"access_token": self._signed(login, AUDIENCE, claims), "token_type": "Bearer", "expires_in": 3600}

    def _signed(self, subject: str, audience: str, claims: dict[str, Any]) -> str:
        return self.signer.token(iss=self.url, aud=audience, sub=f"sub-of-{subject}", **claims)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def signed_in(provider: OidcProvider, login: str) -> str:
    """The access token that a portal gets for somebody, by authorization code with PKCE."""
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as browser:
        found = (await browser.get(f"{provider.url}/.well-known/openid-configuration")).json()
        asked = {
            "response_type": "code",
            "client_id": PORTAL,
            "redirect_uri": REDIRECT,
            "scope": "openid email",
            "state": state,
            "login_hint": login,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        back = await browser.get(found["authorization_endpoint"], params=asked)
        answered = parse_qs(urlsplit(back.headers["location"]).query)
        assert answered["state"] == [state]
        form = {
            "grant_type": "authorization_code",
            "code": answered["code"][0],
            "redirect_uri": REDIRECT,
            "client_id": PORTAL,
            "code_verifier": verifier,
        }
        wrong = await browser.post(found["token_endpoint"], data=form | {"code": "another"})
        assert wrong.status_code == 400
        tokens = (await browser.post(found["token_endpoint"], data=form)).json()
        again = await browser.post(found["token_endpoint"], data=form)
        assert again.status_code == 400, "a code is good for once"
    token: str = tokens["access_token"]
    return token


async def of_machine(provider: OidcProvider) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE, auth=MACHINE) as machine:
        answer = await machine.post(f"{provider.url}/token", data={"grant_type": "client_credentials"})
    token: str = answer.json()["access_token"]
    return token


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self._answer(302, b"", Location=served.authorize(asked))
            elif parts.path == "/keys":
                self._json(200, {"keys": [served.signer.jwk()]})
            elif parts.path == "/.well-known/openid-configuration":
                self._json(200, served.discovery())
            else:
                self._json(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._json(*served.token(form, self.headers.get("Authorization", "")))

        def _json(self, status: int, content: object) -> None:
            self._answer(status, json.dumps(content).encode(), **{"Content-Type": "application/json"})

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Not into the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = OidcProvider(f"http://127.0.0.1:{server.server_port}", rsa_signer("oidc"))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
