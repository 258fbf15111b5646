"""Writes through any server that speaks OpenAI's Chat Completions."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx2
import openai
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter

from guidance.budget import NO_PRICES, Prices, estimated_tokens
from guidance.circuit import Circuit
from guidance.completions import Completion, Incomplete, Refusal, read_completion
from guidance.dialect import Limit, Rules
from guidance.failures import Failure, NoAnswer, fault_of, is_temporary, refusal_of, retry_after, said_by
from guidance.json_text import values_in
from guidance.negotiation import Capabilities, Negotiation
from guidance.transport import BoundedTransport
from guidance.writer import Call, Fault, NotWritten, Order, Usage, Writer, Written

MOST_BYTES = 256_000
"""Of one answer: ten times what the longest useful one has."""
MOST_STREAMED_BYTES = 4_000_000
"""Of one that comes as a stream: each token has some 300 bytes around it."""
LONGEST_WAIT = 20.0
NO_TOKENS = (0, 0)
MOST_ROOM = 4
"""How many times the order's bound on tokens an answer that was cut off may be given."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to ask. Seconds throughout.

    `timeout` is that of one request, from sending it to the last byte of its answer; no retry begins once `deadline`
    has passed since the order began. `first_wait` doubles with every retry, and as much again is added by chance; what
    the server asks for in `Retry-After` goes before it. `concurrency`: orders under way at the same time. The circuit
    opens after `trips` failed orders in a row and lets a single one through after `cool_down`. `extra_body` is added to
    each request's JSON, and wins over it.

    Beside the retries, an order may take up to six requests that find out what the server takes, and one or two more
    for an answer that was cut off.
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
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)


class OpenAIWriter(Writer):
    """One for the whole process: it knows what the server can do, how many orders run, and whether it is down."""

    def __init__(self, server: Server, clock: Callable[[], float] = monotonic) -> None:
        self._server = server
        self.capabilities = Capabilities(server.rules, clock)
        self._circuit = Circuit(server.trips, server.cool_down, clock)
        self._places = asyncio.Semaphore(server.concurrency)
        self._client = openai.AsyncOpenAI(
            base_url=server.base_url,
            api_key=server.api_key,
            timeout=server.timeout,
            max_retries=0,
            default_headers={"Accept-Encoding": "identity"},
            http_client=httpx2.AsyncClient(
                transport=BoundedTransport(MOST_BYTES, MOST_STREAMED_BYTES),
                timeout=server.timeout,
                follow_redirects=False,
            ),
        )

    @property
    def model(self) -> str:
        return self._server.model

    async def close(self) -> None:
        await self._client.close()

    async def write(self, order: Order) -> Written | NotWritten:
        async with self._places:
            if (wait := self._circuit.admit()) is not None:
                return NotWritten(Fault.CIRCUIT_OPEN, "the server has failed too often", retry_after=wait)
            attempt = _Attempt(self._server, self._client, order, self.capabilities.negotiate())
            try:
                result = await attempt.finish()
            except asyncio.CancelledError:
                self._circuit.abandoned()
                raise
        if isinstance(result, _Failed):
            self._circuit.failed()
            return result.told
        self._circuit.succeeded()
        if isinstance(result, Written):
            self.capabilities.keep(attempt.negotiation)
        return result


@dataclass(frozen=True, slots=True)
class _Failed:
    told: NotWritten


class _Attempt:
    """One order: requests until one is answered, or until there is no use in another."""

    def __init__(self, server: Server, client: openai.AsyncOpenAI, order: Order, negotiation: Negotiation) -> None:
        self._server, self._client, self._order = server, client, order
        self.negotiation = negotiation
        self._began = monotonic()
        self._requests = 0
        self._lost = 0
        """Requests that were sent and never answered: the server may have worked on them."""
        self._spent = NO_TOKENS
        """Of answers that were of no use, where the server said."""

    async def finish(self) -> Written | NotWritten | _Failed:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._server.retries + 1) | stop_before_delay(self._server.deadline),
            wait=self._wait,
            retry=retry_if_exception(is_temporary),
            before_sleep=self._before_again,
            reraise=True,
        )
        try:
            answer: Completion | Incomplete = await retrying(self._understood)
        except (openai.APIError, NoAnswer, TimeoutError) as failure:
            return self._failure(failure)
        return self._told(answer)

    async def _understood(self) -> Completion | Incomplete:
        """Asks in another dialect as often as the server refuses one, and for more where an answer was cut off."""
        while True:
            try:
                answer = self._useful(await self._sent())
            except (openai.APIStatusError, NoAnswer) as failure:
                refusal = refusal_of(failure)
                if refusal is None or not self.negotiation.refused(*refusal):
                    raise
                continue
            if not (isinstance(answer, Completion) and answer.cut):
                return answer
            if next(values_in(answer.text), None) is not None:  # its end was not needed
                return answer
            self._spend(answer.tokens)
            if self.negotiation.dialect.limit is Limit.NONE or self.negotiation.room * 2 > MOST_ROOM:
                return Incomplete(Fault.UNREADABLE, "cut off; STAGEPATH_LLM_MAX_TOKENS gives answers more room")
            self.negotiation.room *= 2

    def _useful(self, body: bytes) -> Completion | Incomplete:
        """Raises `NoAnswer` for an error, and for what may be better the next time."""
        read = read_completion(body)
        if isinstance(read, Refusal):
            raise NoAnswer(read)
        if isinstance(read, Incomplete) and read.again:
            self._spend(read.tokens)
            raise NoAnswer(read)
        return read

    async def _sent(self) -> bytes:
        self._requests += 1
        self._lost += 1
        room = self._order.max_output_tokens * self.negotiation.room
        body = self.negotiation.dialect.body(self._order, room, dict(self._server.extra_body))
        try:
            async with asyncio.timeout(self._server.timeout):
                # All of it as extra: the client would want to read a stream itself, and knows one way to write one.
                answer = await self._client.chat.completions.with_raw_response.create(
                    model=self._server.model, messages=[], extra_body=body
                )
        except openai.APIStatusError:
            self._lost -= 1
            raise
        self._lost -= 1
        return answer.content

    def _before_again(self, state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        refusal = refusal_of(failure) if failure else None
        if refusal is not None:
            self.negotiation.failed(refusal[0], self._server.retries + 1 - state.attempt_number)

    def _wait(self, state: RetryCallState) -> float:
        asked = retry_after(state.outcome.exception() if state.outcome else None)
        backoff = wait_exponential_jitter(
            multiplier=self._server.first_wait, max=LONGEST_WAIT, jitter=self._server.first_wait
        )
        return backoff(state) if asked is None else asked

    def _spend(self, tokens: tuple[int, int] | None) -> None:
        if tokens is not None:
            self._spent = (self._spent[0] + tokens[0], self._spent[1] + tokens[1])

    def _told(self, answer: Completion | Incomplete) -> Written | NotWritten:
        if isinstance(answer, Completion):
            return Written(answer.text, self._call("OK", answer.tokens, answer.text))
        return NotWritten(answer.fault, answer.detail, self._call(answer.fault, answer.tokens, ""))

    def _failure(self, failure: Failure) -> _Failed | NotWritten:
        """An answer that makes no sense is no sign of a server that is down."""
        fault, detail = fault_of(failure)
        call = self._call(fault, NO_TOKENS, "")
        told = NotWritten(fault, detail, call, retry_after(failure), said_by(failure))
        return told if isinstance(failure, NoAnswer) and isinstance(failure.told, Incomplete) else _Failed(told)

    def _call(self, outcome: str, tokens: tuple[int, int] | None, text: str) -> Call:
        asked = estimated_tokens(message.text for message in self._order.messages)
        told_in, told_out = tokens or (asked, estimated_tokens([text]))
        input_tokens = told_in + self._spent[0] + asked * self._lost
        output_tokens = told_out + self._spent[1]
        usage = Usage(
            input_tokens,
            output_tokens,
            self._server.prices.cost(input_tokens, output_tokens),
            estimated=tokens is None or self._lost > 0,
        )
        seconds = monotonic() - self._began
        return Call(self._server.model, str(outcome), usage, seconds, self._requests)
