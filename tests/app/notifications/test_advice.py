"""Urgent advice is told in the reader's language, which advice keeps its words by."""

from uuid import UUID

import orjson

from app.models.columns import new_id
from app.notifications.notify import Notice, notify
from app.vocabulary import NotificationKind
from tests.app.notifications.telling import AT, Post
from tests.schema.world import MANAGER, SELLER, VENDOR, deal_of

INBOX = "{ notifications(kinds: [ADVICE_URGENT], first: 1) { nodes { title body } } }"
WORDS = {"de": {"title": "Nächsten Schritt vereinbaren", "rationale": "Es steht keiner fest."}}
ACTION = """
INSERT INTO next_best_action (id, opportunity_id, partner_id, key, kind, position, title, rationale, score, urgency,
  effort_minutes, evidence, status, source, stage_key, playbook_key, created_at, translations)
SELECT $1, o.id, o.partner_id, 'test', 'TASK', 1, 'Agree the next step', 'There is none.', 1, 'CRITICAL', 5, '[]',
  'PROPOSED', 'RULES', 'x', 'y', now(), $3
FROM opportunity o WHERE o.id = $2 RETURNING id"""


async def test_each_reads_it_in_their_own_language(post: Post) -> None:
    deal = UUID((await deal_of(post.demo, SELLER)).removeprefix("opp_"))
    await post.demo.value(ACTION, new_id(), deal, orjson.dumps(WORDS).decode())
    people = [post.user(who) for who in (VENDOR, MANAGER)]
    async with post.demo.database.transaction() as tx:
        kind, details = NotificationKind.ADVICE_URGENT, {"actionKey": "test"}
        await notify(tx, Notice(kind, "test", people, opportunity_id=deal, details=details), AT)
    for who, title, body in (
        (VENDOR, "Agree the next step", "There is none."),
        (MANAGER, "Nächsten Schritt vereinbaren", "Es steht keiner fest."),
    ):
        [told] = (await post.demo.run(INBOX, who))["notifications"]["nodes"]
        assert (told["title"].rpartition(": ")[2], told["body"]) == (title, body)
