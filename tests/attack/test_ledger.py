"""What a ledger takes for wrong."""

import json
from typing import Any

import pytest

from tests.attack.ledger import ANSWERED, CLOSED, EITHER, GRACE, REFUSED, Ledger, Right
from tests.attack.wire import Answer


def answer(status: int = 200, **body: Any) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def errors(*codes: str) -> list[dict[str, Any]]:
    return [{"message": "x", "extensions": {"code": code}} for code in codes]


@pytest.mark.parametrize(
    ("right", "given", "faults"),
    [
        (EITHER, answer(data={"a": 1}), {}),
        (EITHER, answer(429, errors=errors("RATE_LIMITED")), {}),
        (EITHER, answer(500), {"status 500": 1}),
        (EITHER, answer(errors=errors("INTERNAL"), data={"a": None}), {"code INTERNAL": 1}),
        (EITHER, None, {"closed without an answer": 1}),
        (CLOSED, None, {}),
        (EITHER, Answer(307, {"location": "/graphql"}, b""), {}),
        (EITHER, Answer(307, {"location": "http://a/graphql"}, b""), {"sent elsewhere by the name of a host": 1}),
        (REFUSED, answer(errors=errors(*["BAD_USER_INPUT"] * 25)), {}),
        (REFUSED, answer(errors=errors(*["BAD_USER_INPUT"] * 26)), {"more than 25 errors in an answer": 1}),
        (REFUSED, answer(data={"a": 1}), {"answered what should have been refused": 1}),
        (ANSWERED, answer(errors=errors("COST_LIMIT")), {"refused what should have been answered (COST_LIMIT)": 1}),
        (ANSWERED, answer(errors=errors("RATE_LIMITED")), {}),
        (Right(size=10), answer(data={"a": 1}), {"an answer of more than 10 bytes": 1}),
    ],
)
def test_what_comes_back_is_judged(right: Right, given: Answer | None, faults: dict[str, int]) -> None:
    ledger = Ledger(right, within=1.0, deadline=30.0)
    ledger.answered(given, 0.5)
    assert (ledger.faults, ledger.late) == (faults, {})


def test_being_late_is_kept_apart_from_being_wrong() -> None:
    ledger = Ledger(EITHER, within=1.0, deadline=30.0)
    for seconds in (0.5, 1.5, 30.0 + GRACE + 0.1):
        ledger.answered(answer(data={}), seconds)
    assert ledger.faults == {}
    assert ledger.late == {"slower than 1 s": 1, "over the deadline": 1}
    assert ledger.worst == 30.0 + GRACE + 0.1
