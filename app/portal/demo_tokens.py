"""`POST /demo/people`: tokens of the demo's people, for the pages on this machine. In development mode alone.

A token is as good as its person's word, so it is given to nobody but a page that this server sent to a browser on its
own machine. What asks has to come over the loopback interface and through no proxy; to a loopback host, since under
another name it may be a foreign page that has turned its own name into this address (DNS rebinding); and from a page of
this very origin, since any page may send requests to here, and other servers of this machine have pages as well.
Programs on this machine can say all that falsely: `STAGEPATH_DEMO=false` leaves them nothing to ask for.
"""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.database import database
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.database.rls import as_viewer
from app.greeting import passes
from app.settings import Mode, Settings
from schema.masking import UNAVAILABLE

LIFETIME = timedelta(hours=1)
PATH = "demo/people"

_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def gives_tokens(settings: Settings) -> bool:
    """Never in production mode, without the demo, or where tokens come from an identity provider."""
    pages = settings.graphiql or settings.portal
    return settings.mode is Mode.DEVELOPMENT and settings.demo and pages and settings.jwks_url is None


def demo_routes(settings: Settings) -> list[Route]:
    if not gives_tokens(settings):
        return []

    async def people(request: Request) -> Response:
        address = request.client.host if request.client else ""
        wrong = objection(address, request.url.scheme, request.headers)
        if wrong is not None:
            return JSONResponse({"error": wrong}, 403, _HEADERS)
        try:
            with as_viewer(None):  # nobody is known yet
                found = await passes(database(), settings, lifetime=LIFETIME)
        except MAYBE_UNREACHABLE as error:
            message, wait = UNAVAILABLE[met(error, by="signing in")]
            return JSONResponse({"error": message}, 503, {**_HEADERS, "Retry-After": str(wait)})
        answer = {"people": [one._asdict() for one in found], "seconds": int(LIFETIME.total_seconds())}
        return JSONResponse(answer, headers=_HEADERS)

    return [Route(f"/{PATH}", people, methods=["POST"])]


_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_COMMAND = "`stagepath token --role ROLE` prints one"


def objection(address: str, scheme: str, headers: Mapping[str, str]) -> str | None:
    """What keeps a request from `address` from being one of our own page's in a browser on this machine."""
    host = headers.get("host", "")
    if not is_loopback(address) or any(name in headers for name in _FORWARDED):
        return f"Tokens are given to this machine alone; {_COMMAND}."
    if not _names_loopback(host):
        return f"Tokens are given at a loopback address, such as 127.0.0.1, alone; {_COMMAND}."
    if headers.get("origin") != f"{scheme}://{host}" or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return f"Tokens are given to this server's own page alone; {_COMMAND}."
    if headers.get("content-type") != "application/json":
        return "Send it as application/json."
    return None


def is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped.is_loopback
    return found.is_loopback


def _names_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)
