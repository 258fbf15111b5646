"""The conditions of a playbook's document, read and tried out before it is saved.

Reading takes a millisecond a condition, so that others have a turn between them; each that is new stands a trial in a
process apart. Together a playbook's conditions have a bound as well: a page of deals asks for all of them at once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from app.deals.conditions import LANGUAGE, SAMPLES, stored_condition
from app.outcomes import UserError
from app.playbooks.documents import Document, DraftSpec, checked, conditions_of
from app.vocabulary import ErrorCode
from expressions import Expression, trial

MAX_CONDITIONS = 300
MAX_PRICE = 250_000_000
"""Nanoseconds that all conditions of a playbook may take at worst for one deal: 250 ms."""
KEPT = 10_000

_passed: OrderedDict[str, None] = OrderedDict()


async def tried(document: Document) -> DraftSpec | tuple[UserError, ...]:
    """As `checked`, with every condition on trial."""
    paths = list(conditions_of(document))
    if len(paths) > MAX_CONDITIONS:
        return (_refusal(("stages",), f"A playbook has at most {MAX_CONDITIONS} conditions; this has {len(paths)}."),)
    for _, text in paths:
        stored_condition(text)
        await asyncio.sleep(0)
    found = checked(document)
    if isinstance(found, tuple):
        return found
    known = {text: condition.expression for _, text in paths if (condition := stored_condition(text)) is not None}
    if refused := _too_dear(paths, known):
        return (refused,)
    complaints = await _complaints(known)
    failed = [(path, complaints[text]) for path, text in paths if text in complaints]
    return tuple(_refusal(path, f"Not a valid condition: {said}.") for path, said in failed) or found


def _too_dear(paths: Sequence[tuple[tuple[str, ...], str]], known: Mapping[str, Expression]) -> UserError | None:
    total = sum(expression.price for expression in known.values())
    if total <= MAX_PRICE:
        return None
    path, text = max(paths, key=lambda one: known[one[1]].price)
    message = (
        f"The playbook's conditions may take {total / 1e6:,.0f} ms together for the longest texts, and "
        f"{MAX_PRICE / 1e6:g} at most; this one takes {known[text].price / 1e6:.3g}: shorten its patterns and lists."
    )
    return _refusal(path, message)


async def _complaints(known: Mapping[str, Expression]) -> dict[str, str]:
    """Of those that fail. One that has passed here before need not again."""
    fresh = {text: expression for text, expression in known.items() if text not in _passed}
    if not fresh:
        return {}
    said = dict(zip(fresh, await trial.tried(LANGUAGE, SAMPLES[0], list(fresh.values())), strict=True))
    _passed.update(dict.fromkeys(text for text, complaint in said.items() if complaint is None))
    while len(_passed) > KEPT:
        _passed.popitem(last=False)
    return {text: complaint for text, complaint in said.items() if complaint is not None}


def _refusal(path: tuple[str, ...], message: str) -> UserError:
    return UserError(ErrorCode.INVALID, message, path)
