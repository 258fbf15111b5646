"""A writer whose every answer is given, without a server."""

import json
from collections.abc import Callable
from typing import Any

from guidance.checked import LOOK_NAME
from guidance.writer import Call, Order, Usage, Written


class Scripted:
    """Answers with `answer`; to a second look, with what `look` makes of the order, by default that all is carried."""

    model = "scripted"

    def __init__(self, answer: str, look: Callable[[Order], str] | None = None) -> None:
        self._answer, self._look = answer, look or all_carried
        self.orders: list[Order] = []

    async def write(self, order: Order) -> Written:
        self.orders.append(order)
        text = self._look(order) if order.schema_name == LOOK_NAME else self._answer
        return Written(text, Call("scripted", "OK", Usage(1, 1), 0.0, 1))


def all_carried(order: Order) -> str:
    return _named(order, lambda carriers: carriers[0])


def none_carried(order: Order) -> str:
    return _named(order, lambda _: "NONE")


def all_asks(order: Order) -> str:
    return _named(order, lambda _: "ASKS")


def _named(order: Order, carrier: Callable[[list[str]], str]) -> str:
    """For every sentence and every carrier that is its own or not: whichever counts, it is there."""
    properties: dict[str, Any] = order.schema["properties"]["carried"]["items"]["properties"]
    carriers = properties["carrier"]["enum"]
    named = [{"sentence": id, "carrier": carrier(carriers)} for id in properties["sentence"]["enum"]]
    return json.dumps({"carried": named})
