"""The resources: playbooks by their keys, and pieces of enablement content by their ids."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from app.mcp.answers import Answer, answered
from app.mcp.asking import Asking
from app.mcp.documents import Document
from schema.engine.serve.engine import Engine

PLAYBOOKS, CONTENTS = "stagepath://playbooks/", "stagepath://contents/"
MARKDOWN, JSON = "text/markdown", "application/json"
LONGEST_URI = 500


@dataclass(frozen=True, slots=True)
class Item:
    uri: str
    name: str
    title: str
    description: str
    media_type: str


class NotRead(Exception):
    """`content`: the errors, as tools have them."""

    def __init__(self, message: str, content: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message, self.content = message, content


class Library:
    def __init__(self, engine: Engine, documents: dict[str, Document]) -> None:
        self._engine = engine
        self._documents = documents

    async def page(self, cursor: str | None, asking: Asking) -> tuple[list[Item], str | None]:
        """A page, the playbooks on the first, and the cursor of the next, if there is one. Raises `NotRead`."""
        given = {"after": cursor, "rest": cursor is not None}
        content = (await self._answer("library", given, asking)).content
        playbooks = content.get("playbooks", {"nodes": []})["nodes"]
        contents, rest = content["contents"]["nodes"], content["contents"]["pageInfo"]
        items = [Item(PLAYBOOKS + quote(p["key"], ""), p["key"], p["name"], p["description"], JSON) for p in playbooks]
        items += [Item(CONTENTS + quote(c["id"], ""), c["key"], c["title"], c["summary"], MARKDOWN) for c in contents]
        return items, rest["endCursor"] if rest["hasNextPage"] else None

    async def read(self, uri: str, asking: Asking) -> tuple[str, str]:
        """Text and media type. Raises `NotRead`."""
        if uri.startswith(PLAYBOOKS) and len(uri) <= LONGEST_URI:
            answer = await self._answer("playbook", {"key": unquote(uri.removeprefix(PLAYBOOKS))}, asking)
            if answer.content["playbook"]:
                return answer.text, JSON
        elif uri.startswith(CONTENTS) and len(uri) <= LONGEST_URI:
            answer = await self._answer("content", {"id": unquote(uri.removeprefix(CONTENTS))}, asking)
            if answer.content["node"]:
                return _page_of(answer.content["node"]), MARKDOWN
        raise NotRead(f"There is no such resource, or you can't see it. URIs begin with {PLAYBOOKS} or {CONTENTS}.")

    async def _answer(self, name: str, given: dict[str, Any], asking: Asking) -> Answer:
        answer = await answered(self._engine, self._documents[name], given, asking)
        if answer.failed:
            raise NotRead(answer.content["errors"][0]["message"], answer.content)
        return answer


def _page_of(content: dict[str, Any]) -> str:
    body = content["body"] or f"It is kept elsewhere: {content['url']}"
    about = f"For {content['reader'].lower()} readers, in {content['language']}."
    return f"# {content['title']}\n\n{content['summary']}\n\n{about}\n\n{body}\n"
