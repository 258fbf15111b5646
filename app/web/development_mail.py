"""`/dev/mail`: the mails of development mode, the newest first, and each as its reader gets it."""

import re
from collections.abc import Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.notifications.transport import mail_folder
from app.settings import Mode, Settings

MOST_LISTED = 200
_NAME = re.compile(r"[0-9a-f-]{36}")
_SAFE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS = {"Content-Security-Policy": _SAFE, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_LIST = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Mail</title></head><body>
<h1>Mail</h1>
<p>{{ mails | length }} of {{ folder }}, the newest first.</p>
<ul>{% for mail in mails %}
<li>{{ mail.date }} to {{ mail.to }}: <a href="/dev/mail/{{ mail.name }}">{{ mail.subject }}</a>
 (<a href="/dev/mail/{{ mail.name }}?as=text">text</a>, <a href="/dev/mail/{{ mail.name }}?as=source">source</a>)</li>
{% else %}<li>None yet.</li>{% endfor %}</ul>
</body></html>"""
_page = Environment(autoescape=True).from_string(_LIST)


class Listed(NamedTuple):
    name: str
    date: str
    to: str
    subject: str


def development_mail_routes(used: Settings) -> list[Route]:
    """None in production."""
    if used.mode is not Mode.DEVELOPMENT:
        return []
    folder = mail_folder(used)

    async def listed(_: Request) -> Response:
        mails = await run_in_threadpool(_listed, folder)
        return HTMLResponse(_page.render(mails=mails, folder=str(folder)), headers=_HEADERS)

    async def one(request: Request) -> Response:
        content = await run_in_threadpool(_content, folder, request.path_params["name"])
        if content is None:
            return PlainTextResponse("There is no such mail.", 404)
        return _shown(content, request.query_params.get("as"))

    return [Route("/dev/mail", listed), Route("/dev/mail/{name}", one)]


def _listed(folder: Path) -> Sequence[Listed]:
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)[:MOST_LISTED]
    found = ((file.stem, _read(file.read_bytes())) for file in files)
    return [Listed(name, str(mail["Date"]), str(mail["To"]), str(mail["Subject"])) for name, mail in found]


def _content(folder: Path, name: str) -> bytes | None:
    file = folder / f"{name}.eml"
    return file.read_bytes() if _NAME.fullmatch(name) and file.is_file() else None


def _shown(content: bytes, form: str | None) -> Response:
    if form == "source":
        return PlainTextResponse(content, headers=_HEADERS)
    wanted = "plain" if form == "text" else "html"
    body = _read(content).get_body((wanted,))
    text = "" if body is None else str(body.get_content())
    return PlainTextResponse(text, headers=_HEADERS) if form == "text" else HTMLResponse(text, headers=_HEADERS)


def _read(content: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
