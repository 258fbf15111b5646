"""`/notifications/unsubscribe`: stops mail of some kinds for whoever holds the signed link of a mail. A GET asks, since
programs follow links by themselves; a POST does it, by a mail program's own button, too (RFC 8058)."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.database import database
from app.notifications.templates import environment, language_for, sentences
from app.notifications.unsubscribing import PATH, Unsubscription, language_of, read_token, unsubscribe
from app.settings import settings

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


async def _asked(request: Request) -> Response:
    return await _page(_wanted(request), "asked")


async def _stopped(request: Request) -> Response:
    """What is sent along is left unread: the link says all."""
    wanted = _wanted(request)
    if wanted is not None and not await unsubscribe(database(), wanted):
        wanted = None
    return await _page(wanted, "done")


def _wanted(request: Request) -> Unsubscription | None:
    tokens = parse_qs(request.url.query, max_num_fields=10).get("token", [])
    return read_token(tokens[0]) if len(tokens) == 1 else None


async def _page(wanted: Unsubscription | None, state: str) -> Response:
    tag = settings().default_language if wanted is None else await language_of(database(), wanted.user_id)
    language = language_for(tag)
    names = sentences(language).names
    kinds = [names[kind] for kind in wanted.kinds] if wanted is not None else []
    text = environment().get_template(f"{language}/unsubscribe.html")
    page = text.render(language=language, kinds=kinds, state="invalid" if wanted is None else state)
    return HTMLResponse(page, 404 if wanted is None else 200, HEADERS)


def unsubscribe_routes() -> list[Route]:
    return [Route(PATH, _asked, methods=["GET"]), Route(PATH, _stopped, methods=["POST"])]
