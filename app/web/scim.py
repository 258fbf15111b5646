"""`/scim/v2`: users and groups kept by an identity provider (SCIM 2.0)."""

import asyncio
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson
from scim2_models import (
    Error,
    InvalidSyntaxException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse
from scim2_server.service import ScimService
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.audit import doing
from app.audit.failures import token_refused
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.database.rls import as_viewer
from app.provisioning.resources import provider
from app.provisioning.storage import MembersHandler, MembersStorage
from app.provisioning.tolerance import tolerated
from app.settings import Settings, split_secret
from app.web.answers import Refusal
from app.web.attempts import Attempts, TooManyAttempts
from app.web.requests import Incoming, address_of, bearer, body_of, request_id_of

PREFIX = "/scim/v2"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
LONGEST_QUERY = 8_000


class ScimEndpoint:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tokens = [token.encode() for token in split_secret(settings.scim_tokens)]
        self._service = ScimService(provider())
        self._handler = MembersHandler(self._service, MembersStorage())
        self._attempts = Attempts()

    async def __call__(self, request: Request) -> Response:
        try:
            await self._admit(request)
            with as_viewer(None), doing("scim", request_id_of(request.scope)):
                async with asyncio.timeout(self._settings.operation_timeout_seconds):
                    return _response(await self._handler.handle(await self._read(request)))
        except SCIMException as error:
            return _response(self._service.error_response(error))
        except Refusal as refused:
            return _failed(refused.status, refused.message)
        except TooManyAttempts as crowded:
            return _failed(429, str(crowded), {"Retry-After": str(crowded.seconds)})
        except TimeoutError:
            return _failed(503, "This took too long; try again.", {"Retry-After": "5"})
        except MAYBE_UNREACHABLE as error:
            met(error, by="provisioning")
            return _failed(503, "Try again shortly.", {"Retry-After": "5"})

    async def _admit(self, request: Request) -> None:
        address = address_of(request.scope)
        await self._attempts.admit(address)
        given = (bearer(request.headers.get("authorization")) or "").encode()
        # All of them are compared, whichever fits: how long it takes says nothing.
        if sum(hmac.compare_digest(given, token) for token in self._tokens) == 0:
            token_refused("SCIM_TOKEN", address)
            await self._attempts.failed(address)
            raise UnauthorizedException(detail="Send a token of STAGEPATH_SCIM_TOKENS: `Authorization: Bearer …`.")

    async def _read(self, request: Request) -> ScimRequest:
        base = str(self._settings.public_url or request.base_url).rstrip("/")
        query = request.scope["query_string"]
        if len(query) > LONGEST_QUERY:
            raise Refusal(414, "TOO_LARGE", f"A query has at most {LONGEST_QUERY} bytes.")
        try:
            parameters = dict(parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=50))
        except ValueError:
            raise InvalidSyntaxException(detail="The query can't be read.") from None
        body = b""
        if request.method in ("POST", "PUT", "PATCH"):
            body = await body_of(Incoming(request.scope, request.receive), self._settings.max_body_bytes)
        return ScimRequest(
            method=request.method,
            base_url=base + PREFIX,
            path=str(request.path_params["path"]).removesuffix(".scim"),
            query=_named(parameters),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]],
            body=tolerated(request.method, body),
        )


_NAMES = {name.lower(): name for name in ("filter", "startIndex", "count", "attributes", "excludedAttributes")}


def _named(parameters: Mapping[str, str]) -> dict[str, str]:
    """In whatever case they are named."""
    return {_NAMES.get(name.lower(), name): value for name, value in parameters.items()}


def _response(made: ScimResponse) -> Response:
    body = b"" if made.body is None else orjson.dumps(made.body, default=str)
    headers = {"Cache-Control": "no-store", **made.headers}
    if made.body is None:
        headers.pop("Content-Type", None)
    return Response(body, int(made.status), headers)


def _failed(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps(Error(status=status, detail=detail).model_dump(), default=str)
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, media_type=SCIM_MEDIA_TYPE)


def scim_routes(settings: Settings) -> list[Route]:
    """None without a token that guards it."""
    if settings.scim_tokens is None:
        return []
    endpoint = ScimEndpoint(settings)
    return [Route(PREFIX + "/{path:path}", endpoint.__call__, methods=METHODS)]
