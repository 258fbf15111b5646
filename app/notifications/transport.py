"""The way of a mail out of the product: to a mail server, or in development mode into a folder."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from app.settings import Mode, Settings, SettingsError


class Mail(NamedTuple):
    """`id` is the same for each attempt; `content`: headers and body as they are sent."""

    id: UUID
    sender: str
    recipient: str
    content: bytes


Send = Callable[[Mail], Awaitable[None]]
PORTS = {"smtp": 587, "smtps": 465}
NOT_A_MAILBOX = range(550, 554)
AWAY = timedelta(minutes=1)
"""For so long a server that was not reached is left alone by all of this process."""

_away: dict[str, datetime] = {}
"""Until when, by URL."""


class NotDelivered(Exception):
    """`reason`: without anything of the mail or its address. `for_good`: there is no use in trying again; `away`: the
    server isn't reached, so others needn't be tried."""

    def __init__(self, reason: str, *, for_good: bool = False, away: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good
        self.away = away


class LeftAlone(Exception):
    """The mail server was away a moment ago, and isn't tried before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def check(used: Settings) -> None:
    """Raises `SettingsError` for a mail server that no mail could be handed to."""
    if used.smtp_url is None:
        return
    try:
        parts = urlsplit(used.smtp_url.get_secret_value())
        is_one = parts.scheme in PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_one = False
    if not is_one:
        raise SettingsError("STAGEPATH_SMTP_URL has to be smtp://USER:PASSWORD@HOST:PORT or smtps://USER:PASSWORD@HOST")
    if used.mail_from is None:
        raise SettingsError("STAGEPATH_SMTP_URL needs STAGEPATH_MAIL_FROM, the sender of mail")
    if used.mode is Mode.PRODUCTION and used.public_url is None:
        raise SettingsError("STAGEPATH_SMTP_URL needs STAGEPATH_PUBLIC_URL, for links by which mail is stopped")


@asynccontextmanager
async def mail_server(used: Settings, at: datetime) -> AsyncIterator[Send]:
    """One connection for as many mails as one likes. Raises `NotDelivered` where there is none, `LeftAlone`."""
    if used.smtp_url is None:
        yield _into(mail_folder(used))
        return
    url = used.smtp_url.get_secret_value()
    if _away.get(url, at) > at:
        raise LeftAlone(_away[url])
    client = _client(used)
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        _away[url] = at + AWAY
        raise NotDelivered(_reason(error), away=True) from None
    _away.pop(url, None)

    async def send(mail: Mail) -> None:
        try:
            await _hand_over(client, mail)
        except TimeoutError as error:
            _away[url] = at + AWAY
            raise NotDelivered(_reason(error), away=True) from None

    try:
        yield send
    finally:
        await _leave(client)


def _client(used: Settings) -> aiosmtplib.SMTP:
    """A password is never sent in the clear: STARTTLS is taken where it is offered, and insisted on with one."""
    assert used.smtp_url is not None
    parts = urlsplit(used.smtp_url.get_secret_value())
    context = ssl.create_default_context()
    if not used.smtp_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    user = unquote(parts.username) if parts.username else None
    implicit = parts.scheme == "smtps"
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        username=user,
        password=unquote(parts.password) if parts.password else None,
        use_tls=implicit,
        start_tls=False if implicit else (True if user else None),
        tls_context=context,
        timeout=used.smtp_timeout_seconds,
    )


async def _hand_over(client: aiosmtplib.SMTP, mail: Mail) -> None:
    """Raises `NotDelivered`, and `TimeoutError` of a server that falls silent."""
    try:
        await client.sendmail(mail.sender, mail.recipient, mail.content)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [one.code for one in refused.recipients]
        for_good = all(code in NOT_A_MAILBOX for code in codes)
        raise NotDelivered(f"The mail server refused the address: {codes}.", for_good=for_good) from None
    except TimeoutError:
        client.close()
        raise
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotDelivered(_reason(error), away=isinstance(error, OSError)) from None


async def _leave(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit()
    except (aiosmtplib.SMTPException, OSError):
        client.close()


def _reason(error: Exception) -> str:
    """The answer's number, not its words, which may quote the mail."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__}{f' {code}' if code is not None else ''}"


def mail_folder(used: Settings) -> Path:
    return used.mail_folder or used.state_dir / "mail"


def _into(folder: Path) -> Send:
    async def send(mail: Mail) -> None:
        await asyncio.to_thread(_keep, folder, mail)

    return send


def _keep(folder: Path, mail: Mail) -> None:
    """Whole or not at all, and the same file for each attempt."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("wb", dir=folder, delete=False) as file:
        file.write(mail.content)
    Path(file.name).replace(folder / f"{mail.id}.eml")
