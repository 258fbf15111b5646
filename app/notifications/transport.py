"""The way of a mail out of the product: to a mail server, or in development mode into a folder."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.settings import Mode, Settings, SettingsError

Send = Callable[[EmailMessage], Awaitable[None]]
PORTS = {"smtp": 587, "smtps": 465}
NOT_A_MAILBOX = range(550, 554)


class NotDelivered(Exception):
    """`reason`: without anything of the mail or its address. `for_good`: there is no use in trying again."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


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
async def mail_server(used: Settings) -> AsyncIterator[Send]:
    """One connection for as many mails as one likes. Raises `NotDelivered` where there is none."""
    if used.smtp_url is None:
        yield _into(mail_folder(used))
        return
    client = _client(used)
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise NotDelivered(_reason(error)) from None
    try:
        yield lambda message: _hand_over(client, message)
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


async def _hand_over(client: aiosmtplib.SMTP, message: EmailMessage) -> None:
    """Raises `NotDelivered`."""
    try:
        await client.send_message(message)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [one.code for one in refused.recipients]
        for_good = all(code in NOT_A_MAILBOX for code in codes)
        raise NotDelivered(f"The mail server refused the address: {codes}.", for_good=for_good) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotDelivered(_reason(error)) from None


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
    async def send(message: EmailMessage) -> None:
        await asyncio.to_thread(_keep, folder, message)

    return send


def _keep(folder: Path, message: EmailMessage) -> None:
    """Whole or not at all, and the same file for each attempt."""
    folder.mkdir(parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    with NamedTemporaryFile("wb", dir=folder, delete=False) as file:
        file.write(message.as_bytes())
    Path(file.name).replace(folder / f"{name}.eml")
