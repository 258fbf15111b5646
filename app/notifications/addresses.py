"""Addresses of chats' incoming webhooks, as far as one can judge them before anything is sent there."""

from urllib.parse import urlsplit

from app.outgoing import BadUrl, Rules, read_url
from app.settings import settings


def problem_of(url: str) -> str | None:
    """None for one that may be kept. Where it leads is judged again whenever something is sent."""
    try:
        read_url(url, Rules.of(settings()))
    except BadUrl as problem:
        return problem.message
    return None


def host_of(url: str) -> str:
    """All of it that is shown again."""
    return urlsplit(url).hostname or ""
