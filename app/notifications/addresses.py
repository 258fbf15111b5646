"""Addresses of chats' incoming webhooks, as far as one can judge them before anything is sent there."""

from urllib.parse import urlsplit

from app.settings import Mode, settings

LONGEST = 2_000


def problem_of(url: str) -> str | None:
    """None for one that may be kept. Where it leads is judged again whenever something is sent."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return f"An address has at most {LONGEST:,} printable ASCII characters, and no space."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no web address; copy it from the chat's settings of incoming webhooks."
    schemes = ("https",) if settings().mode is Mode.PRODUCTION else ("https", "http")
    if parts.scheme not in schemes or not parts.hostname:
        return "The address has to begin with https://."
    if parts.username is not None or parts.password is not None:
        return "The address must not hold a user or password."
    if port == 0:
        return "This port can't be reached."
    return None


def host_of(url: str) -> str:
    """All of it that is shown again."""
    return urlsplit(url).hostname or ""
