"""The routes of the Model Context Protocol, and where clients of it get tokens (RFC 9728)."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.mcp.endpoint import McpEndpoint, base_of
from app.settings import Settings
from app.web.answers import JSON

PATH = "/mcp"
METADATA = "/.well-known/oauth-protected-resource/mcp"


def mcp_routes(settings: Settings, endpoint: McpEndpoint) -> list[Route]:
    async def metadata(request: Request) -> Response:
        """Without an identity provider, clients are given a token instead of getting one."""
        base = base_of(settings, request)
        issuers = [settings.jwt_issuer] if settings.jwks_url is not None and settings.jwt_issuer else []
        found = {
            "resource": f"{base}{PATH}",
            "resource_name": "Stagepath",
            "bearer_methods_supported": ["header"],
            **({"authorization_servers": issuers} if issuers else {}),
        }
        return Response(orjson.dumps(found), media_type=JSON)

    return [Route(PATH, endpoint), Route(METADATA, metadata)]
