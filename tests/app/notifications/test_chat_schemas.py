"""Messages to chats, held to what the services publish: Slack's own types, and Microsoft's own parser of cards."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.models.columns import new_id
from app.notifications.chat_bodies import MOST_ITEMS, body_of
from app.notifications.words import Worded
from app.vocabulary import ChatService, NotificationKind
from tests.npm import NODE, installed, run

NASTY = "<!channel> *bold* [x](https://evil.example) & \u202e ✓ 😀 "
VENDORS = Path(__file__).parent / "vendors"


def items(number: int, *, body: str = "Call them", link: str | None = "https://portal.example/deals/1") -> list[Worded]:
    at = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
    return [
        Worded(id=new_id(), kind=NotificationKind.AUTOMATION, title=NASTY * 20, body=body, link=link, at=at, thread="x")
        for _ in range(number)
    ]


MESSAGES = (items(1), items(1, body="", link=None), items(MOST_ITEMS + 5, body=NASTY * 200), items(6, link=None))


async def complaints(tmp_path: Path, **bodies: list[Any]) -> dict[str, list[list[str]]]:
    packages = await installed(VENDORS)
    file = tmp_path / "messages.json"
    file.write_text(json.dumps({"slack": [], "teams": [], **bodies}))
    code, said = await run(NODE, "validate.mjs", file, directory=packages)
    assert code == 0, said
    found: dict[str, list[list[str]]] = json.loads(said)
    return found


async def test_messages_are_as_the_services_publish_them(tmp_path: Path) -> None:
    slack, teams = (
        [body_of(service, new_id(), NASTY, message) for message in MESSAGES]
        for service in (ChatService.SLACK, ChatService.MICROSOFT_TEAMS)
    )
    wrong_blocks = {"blocks": [{"type": "heading", "text": {"type": "plain_text", "text": "x"}}]}
    unknown_field = {"blocks": [{"type": "divider", "colour": "red"}]}
    card = {"type": "AdaptiveCard", "version": "1.4"}
    wrong_cards = [
        {"attachments": [{"content": {**card, "body": [{"type": "RichBlock"}]}}]},
        {"attachments": [{"content": {**card, "body": [], "actions": [{"type": "Action.OpenUrl", "title": "x"}]}}]},
    ]
    found = await complaints(tmp_path, slack=[*slack, wrong_blocks, unknown_field], teams=[*teams, *wrong_cards])
    right = len(MESSAGES)
    assert found["slack"][:right] == found["teams"][:right] == [[]] * right
    assert all(found["slack"][right:])
    assert all(found["teams"][right:])
    assert all(len(body["blocks"]) <= 50 for body in slack), "as many as Slack takes"
