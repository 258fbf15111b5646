"""`/oauth/token`: access tokens for API clients, by the OAuth 2.0 client credentials grant (RFC 6749, section 4.4)."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api_clients.credentials import Granted, ScopeRefused, judge
from app.audit.failures import token_refused
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.identity.client_tokens import ClientTokens
from app.identity.users import as_id
from app.settings import Settings
from app.vocabulary import ApiScope
from app.web.answers import JSON, Refusal
from app.web.attempts import Attempts, TooManyAttempts
from app.web.requests import Incoming, address_of, body_of

MOST_BYTES, MOST_PARAMETERS = 16_384, 20
FORM = "application/x-www-form-urlencoded"
NEVER_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
BASIC = {"WWW-Authenticate": 'Basic realm="stagepath", charset="UTF-8"'}
_SCOPES = {scope.lower(): scope for scope in ApiScope}


class OAuthError(Exception):
    """An error of RFC 6749, section 5.2. `description` never holds a part of the request."""

    def __init__(self, error: str, description: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(description)
        self.error, self.description, self.status, self.headers = error, description, status, headers or {}


class Credentials(NamedTuple):
    client_id: str
    secret: str


class TokenEndpoint:
    def __init__(self, settings: Settings) -> None:
        self._tokens = ClientTokens(settings)
        self._attempts = Attempts()

    async def __call__(self, request: Request) -> Response:
        address = address_of(request.scope)
        try:
            await self._attempts.admit(address)
            return _answer(200, await self._token(request, address))
        except TooManyAttempts as crowded:
            wait = {"Retry-After": str(crowded.seconds)}
            return _failed(OAuthError("temporarily_unavailable", str(crowded), 429, wait))
        except OAuthError as error:
            return _failed(error)
        except MAYBE_UNREACHABLE as error:
            met(error, by="giving a token")
            wait = {"Retry-After": "5"}
            return _failed(OAuthError("temporarily_unavailable", "Try again shortly.", 503, wait))

    async def _token(self, request: Request, address: str) -> dict[str, object]:
        form = await _form(request)
        credentials = _credentials(request.headers.get("authorization"), form)
        if "grant_type" not in form:
            raise OAuthError("invalid_request", "`grant_type` is missing.")
        # Whoever has no credentials learns nothing of what is supported or of anybody's scopes.
        granted = await self._granted(credentials, form, address)
        await self._attempts.spend(granted.grant.client_id)
        token = self._tokens.issue(granted.grant, ends=granted.ends)
        scope = " ".join(sorted(one.lower() for one in granted.grant.scopes))
        return {"access_token": token.token, "token_type": "Bearer", "expires_in": token.seconds, "scope": scope}

    async def _granted(self, credentials: Credentials, form: dict[str, str], address: str) -> Granted:
        wanted, unknown = _wanted(form.get("scope"))
        try:
            granted = await judge(_id_of(credentials.client_id), credentials.secret, wanted)
            known = granted is not None
        except ScopeRefused:
            granted, known, unknown = None, True, True
        if not known:
            token_refused("INVALID_CLIENT", address)
            await self._attempts.failed(address)
            raise OAuthError("invalid_client", "There is no such client, or its secret is another.", 401, BASIC)
        if form["grant_type"] != "client_credentials":
            raise OAuthError("unsupported_grant_type", "The only grant is `client_credentials`.")
        if unknown or granted is None:
            raise OAuthError(
                "invalid_scope", f"The client has not all of these scopes; there are {', '.join(_SCOPES)}."
            )
        return granted


def _wanted(text: str | None) -> tuple[frozenset[ApiScope] | None, bool]:
    """The scopes that are asked for, None for all, and whether there are others among them."""
    names = (text or "").split()
    found = frozenset(_SCOPES[name] for name in names if name in _SCOPES)
    return found or None, any(name not in _SCOPES for name in names)


def _id_of(client_id: str) -> UUID | None:
    return as_id(client_id.removeprefix("cli_")) if client_id.startswith("cli_") else None


async def _form(request: Request) -> dict[str, str]:
    type_ = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if type_ != FORM:
        raise OAuthError("invalid_request", f"Send the parameters as {FORM}.")
    try:
        body = await body_of(Incoming(request.scope, request.receive), MOST_BYTES)
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_PARAMETERS, encoding="utf-8", errors="strict"
        )
    except Refusal as refused:
        raise OAuthError("invalid_request", refused.message, refused.status) from None
    except ValueError:
        raise OAuthError("invalid_request", "The form can't be read.") from None
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise OAuthError("invalid_request", "A parameter is given twice.")
    return {name: value for name, value in pairs if value}


def _credentials(header: str | None, form: dict[str, str]) -> Credentials:
    in_form = "client_secret" in form
    if header is not None:
        if in_form:
            raise OAuthError(
                "invalid_request", "Give the credentials once: as `Authorization: Basic …`, or in the form."
            )
        return _basic(header)
    if not in_form or "client_id" not in form:
        raise OAuthError("invalid_client", "Give `client_id` and `client_secret`.", 401, BASIC)
    return Credentials(form["client_id"], form["client_secret"])


def _basic(header: str) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except (NotBase64, ValueError):
        text = ""
    client_id, sign, secret = text.partition(":")
    if scheme.lower() != "basic" or not sign:
        raise OAuthError(
            "invalid_client", "`Authorization` has to be `Basic`, of `client_id:client_secret`.", 401, BASIC
        )
    return Credentials(unquote_plus(client_id), unquote_plus(secret))  # each is encoded first (section 2.3.1)


def _failed(error: OAuthError) -> Response:
    content = {"error": error.error, "error_description": error.description}
    return _answer(error.status, content, error.headers)


def _answer(
    status: int, content: dict[str, object] | dict[str, str], headers: dict[str, str] | None = None
) -> Response:
    return Response(orjson.dumps(content), status, {**NEVER_KEPT, **(headers or {})}, media_type=JSON)


def oauth_routes(settings: Settings) -> list[Route]:
    tokens = TokenEndpoint(settings)

    async def metadata(request: Request) -> Response:
        """RFC 8414. The issuer is the server as it is set, or else as the client calls it."""
        base = str(settings.public_url or request.base_url).rstrip("/")
        found: dict[str, object] = {
            "issuer": base,
            "token_endpoint": f"{base}/oauth/token",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": list(_SCOPES),
        }
        return Response(orjson.dumps(found), media_type=JSON)

    return [
        Route("/oauth/token", tokens.__call__, methods=["POST"]),
        Route("/.well-known/oauth-authorization-server", metadata),
    ]
