"""Answers to the documents that owners of webhook endpoints have saved: a subscription each, answered for one event
at a time as it is answered for those who subscribe."""

from collections import OrderedDict
from uuid import uuid4

import orjson
from graphql import OperationType
from strawberry.schema import BaseSchema

from app.events.log import LoggedEvent
from app.identity.viewer import Viewer
from app.webhooks.bodies import FailedHere, Unanswerable
from schema.context import Context, Handover
from schema.engine.serve.engine import Engine, Question
from schema.event.live import Answers, Prepared

KEPT = 500
"""Documents with their owners, those used last."""
NOT_A_SUBSCRIPTION = "Must be a subscription, such as `subscription { opportunityStageChanged { cursor } }`."
BEGINS_ANEW = "This subscription tells of more than events: choose another."

OURS = frozenset({"INTERNAL", "TIMEOUT", "UNAVAILABLE"})
"""Codes of errors that are no fault of the document's: what they leave out may be there at the next attempt."""

_engine: Engine | None = None
_kept: OrderedDict[tuple[Viewer, str], tuple[Prepared, Answers]] = OrderedDict()


def use_schema(schema: BaseSchema) -> None:
    """Answer documents by this schema."""
    global _engine
    _engine = Engine(schema)


async def answer(owner: Viewer, document: str, event: LoggedEvent) -> bytes | None:
    """The encoded payload; None: the document doesn't ask for such an event. Raises `Unanswerable`,
    `FailedHere`, and what the database raises when it can't be reached."""
    key = owner, document
    found = _kept.get(key)
    if found is None:
        prepared = await prepare(owner, document)
        found = _kept[key] = prepared, prepared.make_answers()
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    prepared, answers = found
    said = await answers(event) if prepared.feed.wanted.include(event) else None
    if said is not None and b'"errors"' in said:
        _check(said)
    return said


def _check(said: bytes) -> None:
    """Raises `FailedHere`."""
    for error in orjson.loads(said).get("errors", ()):
        code = error.get("extensions", {}).get("code")
        if code in OURS:
            raise FailedHere(code)


async def prepare(owner: Viewer, document: str) -> Prepared:
    """The subscription that the document is, for this owner. Raises `Unanswerable` with what is wrong with it."""
    assert _engine is not None  # said where the schema is assembled
    handover = Handover(None)
    context = Context(owner, uuid4().hex, handover)
    question = Question(document, None, None, (OperationType.SUBSCRIPTION,))
    async for said in _engine.stream(question, context):
        raise Unanswerable(_reason(said.refused))
    prepared = handover.prepared
    if not isinstance(prepared, Prepared):
        raise Unanswerable(NOT_A_SUBSCRIPTION)
    if prepared.feed.first is not None:
        raise Unanswerable(BEGINS_ANEW)
    return prepared


def _reason(errors: list[dict[str, object]] | None) -> str:
    first = errors[0] if errors else {}
    return str(first.get("message", NOT_A_SUBSCRIPTION))
