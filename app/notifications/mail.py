"""Mails: from the notifications that somebody is to be told of to a message with its headers, in their language."""

from collections.abc import Sequence
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

from app.notifications.people import Person
from app.notifications.templates import environment, language_for, sentences
from app.notifications.unsubscribing import link_for
from app.notifications.words import Worded, one_line
from app.settings import settings

SENDER = "Stagepath <noreply@localhost>"
"""In development mode, where none is set."""
LONGEST_NAME, LONGEST_SUBJECT = 100, 150


class BadAddress(Exception):
    """No mail can be sent to this address."""


def mail_of(id: UUID, to: Person, items: Sequence[Worded], at: datetime) -> EmailMessage:
    """`id` names it, the same for each attempt; several `items` are a digest. Raises `BadAddress`."""
    language = language_for(to.viewer.language)
    subject = items[0].title
    if len(items) > 1:
        subject = sentences(language).digest.render(n=len(items))
    link = link_for(to.id, {one.kind for one in items})
    message = _headed(id, to, one_line(subject)[:LONGEST_SUBJECT], items, at)
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    said = {
        "name": one_line(to.name)[:LONGEST_NAME],
        "items": items,
        "subject": subject,
        "language": language,
        "unsubscribe": link,
    }
    message.set_content(environment().get_template(f"{language}/mail.txt").render(said), cte="quoted-printable")
    html = environment().get_template(f"{language}/mail.html").render(said)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = language  # `set_content` would take it away
    return message


def _headed(id: UUID, to: Person, subject: str, items: Sequence[Worded], at: datetime) -> EmailMessage:
    """What is about one deal hangs together by the message that its thread begins with, which nobody ever gets."""
    name, sender = parseaddr(settings().mail_from or SENDER)
    domain = domain_of(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(name, sender)
    message["To"] = _address(one_line(to.name)[:LONGEST_NAME], to.email or "")
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{id}@{domain}>"
    if len({one.thread for one in items}) == 1:
        root = f"<{items[0].thread}.{to.id}@{domain}>"
        message["References"] = root
        message["In-Reply-To"] = root
    message["List-Id"] = f"Stagepath <notifications.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def domain_of(address: str) -> str:
    return address.rpartition("@")[2] or "localhost"


def _address(name: str, address: str) -> Address:
    """Raises `BadAddress`; a name with whatever letters is quoted or encoded."""
    if not address.isascii() or not address.isprintable() or any(one in address for one in ' <>,;:"\\()[]'):
        raise BadAddress(address)
    try:
        return Address(display_name=name, addr_spec=address)
    except (MessageError, ValueError, IndexError):
        raise BadAddress(address) from None
