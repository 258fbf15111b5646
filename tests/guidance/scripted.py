"""A writer whose every answer is given, without a server."""

import json
import re
from collections.abc import Callable

from guidance.checked import LOOK_NAME
from guidance.writer import Call, Order, Usage, Written

SENTENCE = re.compile(r"^(s\d+), carried perhaps by ([^:]*):", re.MULTILINE)


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
    """By the first that may carry it."""
    return _carried(order, lambda carriers: carriers[0] if carriers else "ASKS")


def none_carried(order: Order) -> str:
    return _carried(order, lambda _: "NONE")


def all_asks(order: Order) -> str:
    return _carried(order, lambda _: "ASKS")


def _carried(order: Order, carrier: Callable[[list[str]], str]) -> str:
    found = SENTENCE.findall(order.messages[-1].text)
    return json.dumps({"carried": [{"sentence": id, "carrier": carrier(of.split())} for id, of in found]})
