"""The tools: a document each, by the name of its file, and what it does to what is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import OperationType

from app.mcp.answers import ERRORS_SCHEMA, NOTICE_SCHEMA, USER_ERRORS, Answer, answered, failure
from app.mcp.asking import Asking
from app.mcp.documents import Document
from schema.engine.serve.engine import Engine

GONE = "There is no such deal, or you can't see it. Find it by `search` or `list_deals`."


@dataclass(frozen=True, slots=True)
class Hints:
    """`destructive`: takes the place of something, instead of adding to it. `idempotent`: doing it again with the same
    arguments changes nothing more."""

    title: str
    destructive: bool = False
    idempotent: bool = True


HINTS = {
    "search": Hints("Search"),
    "list_deals": Hints("List deals"),
    "read_deal": Hints("Read a deal"),
    "list_due": Hints("List what is due"),
    "draft_message": Hints("Draft a message"),
    "advance_stage": Hints("Move a deal to another stage", destructive=True),
    "complete_criterion": Hints("Mark a criterion", destructive=True),
    "complete_activity": Hints("Complete an activity", destructive=True),
    "complete_task": Hints("Complete a task", destructive=True),
    "create_deal": Hints("Create a deal", idempotent=False),
    "register_deal": Hints("Prepare a deal registration", destructive=True, idempotent=False),
    "submit_registration": Hints("Submit a deal registration", destructive=True),
    "add_comment": Hints("Add a comment", idempotent=False),
}
"""In the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    hints: Hints
    document: Document

    @property
    def reads(self) -> bool:
        return self.document.kind is OperationType.QUERY

    @property
    def output(self) -> dict[str, Any]:
        """JSON Schema of its content, when it failed as well."""
        schema = self.document.answer.schema
        fields = (
            schema["properties"] if self.reads else {n: _without_errors(s) for n, s in schema["properties"].items()}
        )
        return {**schema, "properties": {"untrusted": NOTICE_SCHEMA, "errors": ERRORS_SCHEMA, **fields}}

    async def call(self, engine: Engine, given: dict[str, Any], asking: Asking) -> Answer:
        answer = await answered(engine, self.document, given, asking)
        if answer.failed:
            return answer
        if answer.content.get("opportunity", answer) is None:
            return failure("NOT_FOUND", GONE, "opportunityId")
        shown = _SHOWN.get(self.name)
        if shown is not None:
            shown(answer.content)
        return answer


def tools(documents: dict[str, Document]) -> dict[str, Tool]:
    """Raises `TypeError` where documents and hints are not of the same tools."""
    if documents.keys() != HINTS.keys():
        raise TypeError(
            f"of these tools, either the document or the hints are missing: {documents.keys() ^ HINTS.keys()}"
        )
    return {name: Tool(name, hints, documents[name]) for name, hints in HINTS.items()}


def _without_errors(payload: dict[str, Any]) -> dict[str, Any]:
    fields = {name: schema for name, schema in payload["properties"].items() if name != USER_ERRORS}
    return {**payload, "properties": fields}


def _with_drafts(content: dict[str, Any]) -> None:
    """Only the actions that have a draft."""
    advice = content["opportunity"]["recommendations"]
    advice["actions"] = [action for action in advice["actions"] if action["draft"]]


_SHOWN: dict[str, Callable[[dict[str, Any]], None]] = {"draft_message": _with_drafts}
