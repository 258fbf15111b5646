"""Writes through any server that speaks OpenAI's Chat Completions."""

from dataclasses import dataclass

from guidance.budget import NO_PRICES, Prices
from guidance.writer import NotWritten, Order, Writer, Written


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to ask. Seconds throughout.

    `timeout` is that of one request, from sending it to the last byte of its answer; `deadline` that of an order with
    all its retries. `concurrency`: orders under way at the same time. The circuit opens after `trips` failed orders in
    a row and lets a single one through after `cool_down`.
    """

    base_url: str
    api_key: str
    model: str
    timeout: float = 30.0
    deadline: float = 90.0
    retries: int = 2
    first_wait: float = 0.5
    concurrency: int = 4
    trips: int = 5
    cool_down: float = 60.0
    prices: Prices = NO_PRICES


class OpenAIWriter(Writer):
    """One for the whole process: it knows what the server can do, how many orders run, and whether it is down."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def model(self) -> str:
        return self._server.model

    async def write(self, order: Order) -> Written | NotWritten:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError
