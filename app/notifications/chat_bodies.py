"""Bodies of chat messages, for incoming webhooks of Slack, Microsoft Teams and others. Texts are sent as plain text
where a service has such: nothing that somebody wrote mentions a channel, or becomes a link with another name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.notifications.words import Worded
from app.vocabulary import ChatService

MOST_ITEMS = 10
"""Of a message; what is more comes in further ones (`app.notifications.outbox`)."""
MOST_ACTIONS = 5
"""Of a card: renderers leave out, or refuse, what is more."""
LONGEST_HEADER, LONGEST_TEXT = 150, 3_000
"""In characters, as Slack has them (https://docs.slack.dev/reference/block-kit/blocks)."""
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

Body = Mapping[str, Any]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _slack(_: UUID, heading: str, items: Sequence[Worded]) -> Body:
    blocks: list[dict[str, Any]] = []
    for one in items[:MOST_ITEMS]:
        title = {"type": "plain_text", "text": _short(one.title, LONGEST_HEADER), "emoji": False}
        blocks.append({"type": "header", "text": title})
        if one.body:
            text = {"type": "plain_text", "text": _short(one.body, LONGEST_TEXT), "emoji": False}
            blocks.append({"type": "section", "text": text})
        if one.link:
            label = {"type": "plain_text", "text": "→", "emoji": False}
            blocks.append({"type": "actions", "elements": [{"type": "button", "text": label, "url": one.link}]})
    escaped = heading.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": _short(escaped, LONGEST_TEXT), "mrkdwn": False, "blocks": blocks}


def _teams(_: UUID, heading: str, items: Sequence[Worded]) -> Body:
    """A card in version 1.4, whose rich texts are plain where simple ones would be read as Markdown."""
    body: list[dict[str, Any]] = []
    actions: list[dict[str, Any]] = []
    for one in items[:MOST_ITEMS]:
        body.append(_rich(one.title, weight="Bolder", separator=bool(body)))
        if one.body:
            body.append(_rich(one.body))
        if one.link and len(actions) < len(items):
            actions.append({"type": "Action.OpenUrl", "title": _short(one.title, 40), "url": one.link})
    card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "fallbackText": heading, "body": body}
    if actions:
        card["actions"] = actions[:MOST_ACTIONS]
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def _rich(text: str, weight: str = "Default", *, separator: bool = False) -> dict[str, Any]:
    run = {"type": "TextRun", "text": _short(text, LONGEST_TEXT), "weight": weight}
    return {"type": "RichTextBlock", "inlines": [run], "separator": separator}


def _generic(id: UUID, heading: str, items: Sequence[Worded]) -> Body:
    """`id` is the same for each attempt."""
    return {
        "id": str(id),
        "title": heading,
        "items": [
            {
                "id": f"ntf_{one.id}",
                "kind": one.kind.value,
                "title": one.title,
                "text": one.body,
                "link": one.link,
                "at": one.at.isoformat(),
            }
            for one in items
        ],
    }


_BODIES: Mapping[ChatService, Callable[[UUID, str, Sequence[Worded]], Body]] = {
    ChatService.SLACK: _slack,
    ChatService.MICROSOFT_TEAMS: _teams,
    ChatService.GENERIC: _generic,
}


def body_of(service: ChatService, id: UUID, heading: str, items: Sequence[Worded]) -> Body:
    return _BODIES[service](id, heading, items)
