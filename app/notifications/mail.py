"""Mails: from the notifications that somebody is to be told of to a message with its headers, in their language."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

from app.notifications.headers import field, mailbox, plain, written
from app.notifications.people import Person
from app.notifications.templates import environment, language_for, sentences
from app.notifications.transport import Mail
from app.notifications.unsubscribing import link_for
from app.notifications.words import Worded
from app.settings import settings

SENDER = "Stagepath <noreply@localhost>"
"""In development mode, where none is set."""
LONGEST_NAME, LONGEST_SUBJECT = 100, 150


def mail_of(id: UUID, to: Person, items: Sequence[Worded], at: datetime) -> Mail:
    """`id` names it, the same for each attempt; several `items` are a digest. Raises `BadAddress`."""
    language = language_for(to.viewer.language)
    subject = items[0].title
    if len(items) > 1:
        subject = sentences(language).digest.render(n=len(items))
    link = link_for(to.id, {one.kind for one in items})
    said = {
        "name": plain(to.name, LONGEST_NAME),
        "items": items,
        "subject": subject,
        "language": language,
        "unsubscribe": link,
    }
    body = EmailMessage(policy=SMTP)  # its own headers are ours alone: what people wrote stands in its parts
    body.set_content(environment().get_template(f"{language}/mail.txt").render(said), cte="quoted-printable")
    html = environment().get_template(f"{language}/mail.html").render(said)
    body.add_alternative(html, subtype="html", cte="quoted-printable")
    name, sender = parseaddr(settings().mail_from or SENDER)
    headers = [
        field("From", mailbox("From", plain(name, LONGEST_NAME), sender)),
        field("To", mailbox("To", plain(to.name, LONGEST_NAME), to.email or "")),
        field("Subject", written("Subject", plain(subject, LONGEST_SUBJECT))),
        *_fixed(id, to.id, items, at, domain_of(sender)),
        field("List-Unsubscribe", f"<{link}>"),
        field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        field("Content-Language", language),
    ]
    return Mail(id, sender, to.email or "", b"".join(headers) + body.as_bytes())


def _fixed(id: UUID, to: UUID, items: Sequence[Worded], at: datetime, domain: str) -> list[bytes]:
    """What is about one deal hangs together by the message that its thread begins with, which nobody ever gets."""
    found = [field("Date", format_datetime(at)), field("Message-ID", f"<{id}@{domain}>")]
    if len({one.thread for one in items}) == 1:
        root = f"<{items[0].thread}.{to}@{domain}>"
        found += [field("References", root), field("In-Reply-To", root)]
    return [
        *found,
        field("List-Id", f"Stagepath <notifications.{domain}>"),
        field("Auto-Submitted", "auto-generated"),
        field("X-Auto-Response-Suppress", "All"),
    ]


def domain_of(address: str) -> str:
    return address.rpartition("@")[2] or "localhost"
