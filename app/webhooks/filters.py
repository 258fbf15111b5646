"""Filters of endpoints, in CEL over `event` and `deal`.

| field             | value                                                                                            |
|-------------------|--------------------------------------------------------------------------------------------------|
| `event.type`      | `"OPPORTUNITY_UPDATED"`                                                                          |
| `event.fields`    | the names of the fields that changed, a list: `"amount" in event.fields`                         |
| `event.previous`  | what they were, as text, by name: `event.previous["stage"] == "proposal"`; absent where unknown  |
| `event.kind`      | of a move, `"ADVANCE"`                                                                           |
| `event.fromStage` | the key of the stage that a deal has left, or null                                               |
| `event.toStage`   | the key of the stage that it has entered, or null                                                |
| `event.playbook`  | the key of its playbook, or null                                                                 |
| `event.status`    | of a registration, `"APPROVED"`; else null                                                       |
| `deal`            | as in a playbook's conditions (`app.deals.conditions`), as it stands when the event is looked at |

A filter that stumbles over something empty or absent, as over the deal of an event that has none, doesn't hold.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from app.deals.conditions import LANGUAGE as OF_DEALS
from app.deals.conditions import SAMPLES as DEALS
from app.events.log import LoggedEvent
from expressions import FAILURES, ExpressionError, Language, compile_expression
from expressions.language import Inputs
from expressions.samples import try_out
from expressions.several import Several, mentioned
from expressions.shapes import Shape, entries, listed, record, text

LONGEST = 2_000
MOST_FIELDS = 100
_WORD, _VALUE = text(200), text(1_000)
_EVENT = record(
    **dict.fromkeys(("type", "kind", "fromStage", "toStage", "playbook", "status"), _WORD),
    fields=listed(MOST_FIELDS, _WORD),
    previous=entries(MOST_FIELDS, _WORD, _VALUE),
)
SEVERAL = Several("facts", frozenset({"event", "deal"}))


def _language() -> Language:
    def shape(deal: Shape) -> Shape:
        return record(event=_EVENT, deal=deal)

    return Language(SEVERAL.root, shape(OF_DEALS.shape), usual=shape(OF_DEALS.usual), longest=LONGEST + 200)


LANGUAGE = _language()


class FilterError(Exception):
    """Text that is no filter. `position` counts characters from 0; None where no place is to blame."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def check_filter(written: str) -> None:
    """Raises `FilterError` for text that isn't CEL, is too long or dear, speaks of anything else, or turns out on
    samples to be no truth or to mix types."""
    if len(written) > LONGEST:
        raise FilterError(f"A filter has at most {LONGEST} characters; this one has {len(written)}.")
    expanded, added = SEVERAL.expanded(written)
    try:
        _try_out(expanded)
    except ExpressionError as problem:
        at = None if problem.position is None else SEVERAL.original(problem.position, added)
        raise FilterError(f"Not a valid filter: {SEVERAL.plain(problem.message)}.", at) from None


@lru_cache(maxsize=1_024)
def speaks_of_deals(written: str) -> bool:
    return "deal" in mentioned(written, SEVERAL.variables)


def holds(written: str, event: Mapping[str, Any], deal: Mapping[str, Any] | None) -> bool:
    """`event`: as `event_variables` makes it. What was saved before today's bounds and breaks them doesn't hold."""
    try:
        answer = Inputs(SEVERAL.root, {"event": event, "deal": deal}).run(_compiled(written))
    except (*FAILURES, ExpressionError):
        return False
    return answer is True


@lru_cache(maxsize=1_024)
def _compiled(written: str) -> Any:
    return compile_expression(LANGUAGE, SEVERAL.expanded(written)[0])


def event_variables(event: LoggedEvent, previous: Mapping[str, str]) -> dict[str, Any]:
    said = event.payload
    return {
        "type": event.type.value,
        "fields": [str(name) for name in said.get("fields", ())][:MOST_FIELDS],
        "previous": {name: value[:1_000] for name, value in [*previous.items()][:MOST_FIELDS]},
        "kind": said.get("kind"),
        "fromStage": said.get("fromStageKey"),
        "toStage": said.get("toStageKey"),
        "playbook": said.get("playbookKey"),
        "status": said.get("status"),
    }


_FILLED: dict[str, Any] = {
    "type": "OPPORTUNITY_UPDATED",
    "fields": ["amount"],
    "previous": {"amount": "100"},
    **dict.fromkeys(("kind", "fromStage", "toStage", "playbook", "status"), "proposal"),
}
_EMPTY: dict[str, Any] = {
    "type": "OPPORTUNITY_UPDATED",
    "fields": [],
    "previous": {},
    **dict.fromkeys(("kind", "fromStage", "toStage", "playbook", "status")),
}


def _try_out(expanded: str) -> None:
    samples = ({"event": _FILLED, "deal": DEALS[0]}, {"event": _EMPTY, "deal": DEALS[1]})
    try_out(compile_expression(LANGUAGE, expanded), SEVERAL.root, samples)
