"""Mail as its readers' programs get it: real SMTP, parsed by the standard library."""

import asyncio
from datetime import datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from app.demo.people import demo_id
from app.notifications.templates import languages, sentences
from app.vocabulary import NotificationKind
from tests.app.notifications.servers import Mailbox, certificate, mail_server
from tests.app.notifications.telling import AT, Post
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, deal_of

MOVE = "mutation($input: UpsertUserInput!) { upsertUser(input: $input) { userErrors { code message } } }"
HOME = "SELECT organization_id FROM user_account WHERE id = $1"
LANGUAGES = {
    "en": ("Hello Jonas Frei,", "Stop mail about this"),
    "de": ("Guten Tag Jonas Frei,", "Hierzu keine Mails mehr"),
    "fr": ("Bonjour Jonas Frei,", "Ne plus recevoir de courriel à ce sujet"),
    "es": ("Hola, Jonas Frei:", "No recibir más correos sobre esto"),
    "pt-BR": ("Hello Jonas Frei,", "Stop mail about this"),
    "de-AT": ("Guten Tag Jonas Frei,", "Hierzu keine Mails mehr"),
}


def text_of(mail: EmailMessage, form: str = "plain") -> str:
    body = mail.get_body((form,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class Reader(HTMLParser):
    """What a browser would show, and the elements that it would make."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_is_written_to_in_their_language(post: Post, language: str) -> None:
    await post.demo.value(
        "UPDATE user_account SET language = $2 WHERE id = $1 RETURNING id", post.user(SELLER), language
    )
    await post.tell("Zürich: 30 % – “großartig”", body="Line one\nLine two <b>&amp;</b>")
    assert await post.deliver() == ["Zürich: 30 % – “großartig”"]
    (mail,) = post.mailbox.mails
    greeting, leave = LANGUAGES[language]
    assert text_of(mail).startswith(greeting)
    assert leave in text_of(mail)
    assert "Line one\nLine two <b>&amp;</b>" in text_of(mail)
    html = Reader(text_of(mail, "html"))
    assert greeting in html.text
    assert leave in html.text
    assert "Line two <b>&amp;</b>" in html.text
    assert not html.tags & {"b", "script", "img", "form"}
    assert mail["Content-Language"] == (language[:2] if language[:2] in languages() else "en")


async def test_the_headers_are_those_of_a_good_citizen(post: Post) -> None:
    deal = await deal_of(post.demo, SELLER)
    for title in ("one", "two"):
        await post.tell(title, deal=_key(deal))
    await post.deliver()
    first, second = post.mailbox.mails
    assert first["From"] == "Stagepath <noreply@vendor.example>"
    assert first["To"].addresses[0].display_name == SELLER
    assert first["List-Id"] == "Stagepath <notifications.vendor.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(first["List-Unsubscribe"]).strip("<>")
    assert urlsplit(link).path == "/notifications/unsubscribe"
    assert link in text_of(first)
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert deal in first["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Message-ID"].endswith("@vendor.example>")
    assert first["Date"].datetime == AT


def _key(id: str) -> UUID:
    return UUID(id.removeprefix("opp_"))


HOSTILE = ("x\r\nBcc: all@example.com", "x\nSubject: y", "\x00\x1b[31mred", "a\u2028Bcc: b@example.com", "x" * 5_000)


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_text_becomes_a_header(post: Post, title: str) -> None:
    title = title.replace("\x00", "")  # PostgreSQL holds none
    await post.demo.value(
        "UPDATE user_account SET name = $2 WHERE id = $1 RETURNING id", post.user(SELLER), f"Eve {title}"
    )
    await post.tell(title, body=title)
    (subject,) = await post.deliver()
    assert "\n" not in subject
    (mail,) = post.mailbox.mails
    assert mail["Bcc"] is None
    assert [len(mail.get_all(name) or ()) for name in ("Subject", "To")] == [1, 1]
    assert [one.addr_spec for one in mail["To"].addresses] == ["jonas.frei@alpine-it.example"]
    assert all(len(line) <= 998 for line in post.mailbox.raw[0].split(b"\r\n"))


@pytest.mark.parametrize(
    "address", ["a@b, c@d", "a b@c.example", "<a@b>", "a@b\r\nBcc: c@d", "nothing", "@x", "ü@x.example"]
)
async def test_what_is_no_address_is_not_written_to(post: Post, address: str) -> None:
    await post.tell("Hello")
    await post.demo.value("UPDATE user_account SET email = $2 WHERE id = $1 RETURNING id", post.user(SELLER), address)
    assert await post.deliver() == []
    failed = await post.demo.value("SELECT reason FROM notification_message WHERE failed_at IS NOT NULL")
    assert failed == "The address can't be written to."


async def test_digests_hold_what_came_since_and_leave_out_what_was_read(post: Post) -> None:
    await post.choose(preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "HOURLY"}])
    for title in ("one", "two", "three"):
        await post.tell(title)
    assert await post.deliver() == []
    read = "query { notifications { nodes { id title } } }"
    nodes = (await post.demo.run(read, SELLER))["notifications"]["nodes"]
    mark = (
        "mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) { unreadNotifications } }"
    )
    await post.demo.run(mark, SELLER, input={"notificationIds": [nodes[-1]["id"]]})
    assert await post.deliver(at=AT.replace(hour=11, minute=0)) == ["2 updates from your deals"]
    assert "two" in text_of(post.mailbox.mails[0])
    assert "one" not in text_of(post.mailbox.mails[0]).replace("one-", "").split()
    assert await post.deliver(at=AT + timedelta(days=2)) == []


async def test_the_daily_one_leaves_at_its_time_in_the_reader_s_zone(post: Post) -> None:
    zone = 'mutation { updateViewer(input: {timeZone: "America/New_York"}) { userErrors { code } } }'
    await post.demo.run(zone, SELLER)
    await post.choose(preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "DAILY"}], dailyAt="07:30")
    await post.tell("one")
    due = await post.demo.value("SELECT due_at FROM notification_delivery")
    assert due == AT.replace(hour=12, minute=30)
    assert await post.deliver(at=due - timedelta(seconds=1)) == []
    assert await post.deliver(at=due) == ["one"]


async def test_quiet_hours_hold_back_what_comes_and_what_is_tried_again(post: Post) -> None:
    await post.choose(quietHours={"start": "20:00", "end": "07:00", "weekends": True})
    late = AT.replace(day=6, hour=22)  # a Friday
    await post.tell("at night", at=late)
    monday = AT.replace(day=9, hour=7, minute=0)
    assert await post.demo.value("SELECT due_at FROM notification_delivery") == monday
    await post.tell("by day")
    post.mailbox.refusing.append("451 Later")
    assert await post.deliver() == []
    assert await post.deliver(at=AT.replace(hour=23)) == []
    assert await post.deliver(at=AT.replace(day=5, hour=7, minute=0)) == ["by day"]
    assert await post.deliver(at=monday) == ["at night"]


async def test_more_than_so_many_an_hour_come_in_a_digest_and_none_is_lost(post: Post) -> None:
    await post.begin(mail_per_hour=3)
    for n in range(8):
        await post.tell(f"number {n}")
    assert await post.deliver() == ["number 0", "number 1", "number 2"]
    assert await post.deliver() == []
    assert await post.deliver(at=AT.replace(hour=11, minute=0)) == ["5 updates from your deals"]
    assert all(f"number {n}" in text_of(post.mailbox.mails[-1]) for n in range(3, 8))


async def test_digests_take_from_the_hour_as_well_and_go_first(post: Post) -> None:
    await post.begin(mail_per_hour=1)
    await post.choose(preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "HOURLY"}])
    for n in range(60):
        await post.tell(f"number {n}.")
    await post.choose(preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "AT_ONCE"}])
    await post.tell("alone", at=AT.replace(hour=11, minute=0))
    for minute in (0, 1, 59):
        told = await post.deliver(at=AT.replace(hour=11, minute=minute))
        assert told == (["50 updates from your deals"] if minute == 0 else [])
    assert await post.deliver(at=AT.replace(hour=12, minute=0)) == ["11 updates from your deals"]
    said = text_of(post.mailbox.mails[0]) + text_of(post.mailbox.mails[1])
    assert all(title in said for title in ("alone", *(f"number {n}." for n in range(60))))
    assert await post.deliver(at=AT + timedelta(days=2)) == []


async def test_a_server_that_was_away_for_hours_gets_no_more_than_an_hour_s_mail(post: Post) -> None:
    await post.begin(mail_per_hour=2, smtp_url="smtp://127.0.0.1:2")
    for hour in range(10, 16):
        for n in range(3):
            await post.tell(f"number {hour}-{n}.", at=AT.replace(hour=hour))
        await post.deliver(at=AT.replace(hour=hour))
    await post.begin(mail_per_hour=2)
    came = [await post.deliver(at=AT.replace(hour=hour, minute=0)) for hour in range(17, 24)]
    assert came[0] == ["number 10-0.", "number 10-1."]
    assert came[1] == ["16 updates from your deals"]
    assert not any(came[2:])


async def test_a_mail_that_may_have_arrived_is_sent_again_under_its_id(post: Post) -> None:
    await post.tell("twice")
    post.mailbox.lost.append(True)
    assert await post.deliver() == ["twice"]
    assert await post.deliver() == []
    assert await post.deliver(at=AT + timedelta(minutes=2)) == ["twice"]
    first, second = post.mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert await post.deliver(at=AT + timedelta(days=1)) == []


async def test_an_address_that_is_refused_for_good_is_not_tried_again(post: Post) -> None:
    await post.tell("gone")
    post.mailbox.refused_recipients.append("550 No such user here")
    assert await post.deliver() == []
    row = await post.demo.database.fetchrow("SELECT due_at, reason FROM notification_message")
    assert row is not None
    assert (row["due_at"], row["reason"]) == (None, "The mail server refused the address: [550].")


async def test_a_server_that_is_away_is_tried_again_and_at_last_given_up(post: Post) -> None:
    await post.begin(smtp_url="smtp://127.0.0.1:1")
    await post.tell("patience")
    at: datetime | None = AT
    for _ in range(10):
        assert at is not None
        await post.deliver(at=at)
        at = await post.demo.value("SELECT due_at FROM notification_message")
    assert at is None
    assert await post.demo.value("SELECT failed_at IS NOT NULL FROM notification_message")


async def test_nothing_is_sent_of_what_went_out_of_sight_since(post: Post) -> None:
    deal = await deal_of(post.demo, SELLER)
    await post.tell("secret", deal=_key(deal))
    await post.demo.value(
        "UPDATE opportunity SET owner_id = $2 WHERE id = $1 RETURNING id", _key(deal), post.user(COLLEAGUE)
    )
    assert await post.deliver() == []
    assert await post.demo.value("SELECT reason FROM notification_message") == "The person sees nothing of it any more."


async def test_what_an_author_wrote_is_not_for_whom_one_has_become(post: Post) -> None:
    """Nor is what is about nothing that the person could lose sight of; for a new role alone, all stays, and who comes
    back finds it again."""
    deal = _key(await deal_of(post.demo, SELLER))
    await post.tell("secret price", deal=deal)
    await post.tell("our endpoint", kind=NotificationKind.WEBHOOK_DISABLED)
    await post.tell("hello all")
    assert await post.deliver() != []
    await post.tell("pending")
    inbox = "{ unreadNotifications notifications { nodes { title } } }"
    user = {"userId": f"usr_{post.user(SELLER)}"}
    for given, left in (({"role": "PARTNER_MANAGER"}, 4), ({"partnerId": f"ptr_{demo_id('org/brightwater')}"}, 0)):
        said = {**user, **given, "reassignTo": f"usr_{post.user(MANAGER)}"}
        answer = (await post.demo.run(MOVE, VENDOR, input=said))["upsertUser"]
        assert answer["userErrors"] == []
        seen = await post.demo.run(inbox, SELLER)
        assert (len(seen["notifications"]["nodes"]), seen["unreadNotifications"]) == (left, left)
    assert await post.deliver() == []
    back = f"ptr_{await post.demo.value(HOME, post.user(MANAGER))}"
    assert (await post.demo.run(MOVE, VENDOR, input={**user, "partnerId": back}))["upsertUser"]["userErrors"] == []
    seen = await post.demo.run(inbox, SELLER)
    assert (len(seen["notifications"]["nodes"]), seen["unreadNotifications"]) == (4, 4)


async def test_what_was_switched_off_since_is_not_sent(post: Post) -> None:
    await post.tell("too late")
    await post.choose(preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "OFF"}])
    assert await post.deliver() == []
    assert await post.demo.value("SELECT count(*) FROM notification_delivery") == 0


async def test_whoever_can_t_sign_in_any_more_is_not_written_to(post: Post) -> None:
    await post.tell("farewell")
    await post.demo.value("UPDATE user_account SET active = FALSE WHERE id = $1 RETURNING id", post.user(SELLER))
    assert await post.deliver() == []
    await post.tell("afterwards")
    assert await post.demo.value("SELECT count(*) FROM notification_delivery") == 0


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # as far as the server knows
@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS"])
async def test_a_password_goes_through_tls_alone(post: Post, tmp_path: Path, implicit: bool) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, tls=certificate(tmp_path), implicit=implicit, login=True) as port:
        scheme = "smtps" if implicit else "smtp"
        url = f"{scheme}://stage%20path:s%3Ae%2Fc%40ret@127.0.0.1:{port}"
        await post.begin(smtp_url=url)
        await post.tell("not trusted")
        await post.deliver()
        assert not mailbox.mails
        assert not mailbox.logins
        await post.begin(smtp_url=url, smtp_verify=False)
        await post.deliver(at=AT + timedelta(minutes=2))
    assert [str(mail["Subject"]) for mail in mailbox.mails] == ["not trusted"]
    assert mailbox.logins == [("stage path", True)]


async def test_without_tls_no_password_is_sent(post: Post) -> None:
    await post.begin(smtp_url=f"smtp://user:secret@127.0.0.1:{post.port}")
    await post.tell("in the clear")
    assert await post.deliver() == []
    assert post.mailbox.logins == []


async def test_nobody_s_mail_speaks_of_others_deals(post: Post) -> None:
    """Of a comment for one organisation alone, of a deal and of a registration that is somebody else's."""
    deal = await deal_of(post.demo, SELLER)
    say = "mutation($input: AddCommentInput!) { addComment(input: $input) { userErrors { code } } }"
    for who, audience in ((SELLER, "OWN_ORGANIZATION"), (VENDOR, "OWN_ORGANIZATION"), (VENDOR, "EVERYONE_ON_IT")):
        body = f"Selenium {who} {audience}"
        await post.demo.run(say, who, input={"opportunityId": deal, "body": body, "audience": audience})
    await post.happened()
    at = AT + timedelta(days=3_650)
    for who in (SELLER, MANAGER, RIVAL, VENDOR):
        await post.deliver(who, at=at)
    received = {str(mail["To"].addresses[0].display_name): text_of(mail) for mail in post.mailbox.mails}
    assert set(received) == {SELLER}
    assert f"Selenium {VENDOR} EVERYONE_ON_IT" in received[SELLER]
    assert "OWN_ORGANIZATION" not in received[SELLER]


async def test_every_kind_has_its_words_in_every_language(post: Post) -> None:
    variables = dict.fromkeys(
        ("role", "automatic", "outcome", "days", "step", "status", "task", "due", "endpoint", "deal", "account",
         "stage", "from_stage", "registration", "customer", "partner", "industry", "comment", "thing", "action",
         "rationale", "own_title", "own_body", "who")
    )  # fmt: skip
    for language in languages():
        for kind in NotificationKind:
            said = sentences(language).of(kind, variables)
            assert said.title
            assert "{{" not in said.title + said.body


async def test_one_message_that_can_t_be_made_holds_up_no_other(post: Post) -> None:
    for title in ("poison", "fine"):
        await post.tell(title)
    spoil = """UPDATE notification SET details = '{"transitionId": "x"}' WHERE own_title = 'poison' RETURNING id"""
    await post.demo.value(spoil)
    assert await post.deliver() == ["fine"]
    at = AT
    for _ in range(10):
        at = await post.demo.value("SELECT max(due_at) FROM notification_message") or at
        assert await post.deliver(at=at) == []
    row = await post.demo.database.fetchrow(
        "SELECT attempts, due_at, reason FROM notification_message WHERE sent_at IS NULL"
    )
    assert row is not None
    assert (row["attempts"], row["due_at"], row["reason"]) == (10, None, "InvalidTextRepresentationError")


async def test_attempts_that_nobody_came_back_from_are_counted(post: Post) -> None:
    await post.tell("deadly")
    post.mailbox.refusing.append("451 Later")
    await post.deliver()
    await post.demo.value("UPDATE notification_message SET attempts = 10, due_at = made_at RETURNING id")
    assert await post.deliver() == []
    assert await post.demo.value("SELECT reason FROM notification_message") == "No attempt came to an end."


async def test_what_waits_for_its_next_attempt_is_not_sent_to_whoever_has_unsubscribed(post: Post) -> None:
    await post.tell("unwanted")
    post.mailbox.refusing.append("451 Later")
    assert await post.deliver() == []
    await post.choose(preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "OFF"}])
    assert await post.deliver(at=AT + timedelta(hours=1)) == []
    assert await post.demo.value("SELECT due_at FROM notification_message") is None


async def test_a_server_that_is_away_is_left_alone_for_a_minute_by_everybody(post: Post) -> None:
    asked: list[object] = []

    def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer)
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        await post.begin(smtp_url=f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await post.demo.value(
            "UPDATE user_account SET email = 'vendor@vendor.example' WHERE id = $1 RETURNING id", post.user(VENDOR)
        )
        await post.choose(VENDOR, preferences=[{"kind": "AUTOMATION", "channel": "EMAIL", "pace": "AT_ONCE"}])
        for who in (SELLER, VENDOR):
            await post.tell("hello", who)
        await post.deliver(SELLER)
        await post.deliver(VENDOR)
        assert len(asked) == 1
        rows = await post.demo.database.fetch("SELECT attempts, due_at FROM notification_message ORDER BY attempts")
        assert [(row["attempts"], row["due_at"]) for row in rows] == [(n, AT + timedelta(minutes=1)) for n in (0, 1)]
        await post.deliver(VENDOR, at=AT + timedelta(minutes=1))
        assert len(asked) == 2
