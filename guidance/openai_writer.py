"""Writes through any server that speaks OpenAI's Chat Completions."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

import httpx2
import openai
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter

from guidance.budget import NO_PRICES, Prices, estimated_tokens
from guidance.circuit import Circuit
from guidance.completions import Completion, Dialect, read_completion
from guidance.transport import BoundedTransport, TooLarge
from guidance.writer import Call, Fault, NotWritten, Order, Usage, Writer, Written

MOST_BYTES = 256_000
"""Of one answer: ten times what the longest useful one has."""
LONGEST_WAIT = 20.0
TEMPORARY = frozenset({408, 409, 425, 429})
USED_UP = ("insufficient_quota", "billing")
NO_TOKENS = (0, 0)
CODE = re.compile(r"[\w.-]{1,60}")


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to ask. Seconds throughout.

    `timeout` is that of one request, from sending it to the last byte of its answer; no retry begins once `deadline`
    has passed since the order began. `first_wait` doubles with every retry, and as much again is added by chance; what
    the server asks for in `Retry-After` goes before it. `concurrency`: orders under way at the same time. The circuit
    opens after `trips` failed orders in a row and lets a single one through after `cool_down`.
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

    def __init__(self, server: Server, clock: Callable[[], float] = monotonic) -> None:
        self._server = server
        self._dialect = Dialect()
        self._circuit = Circuit(server.trips, server.cool_down, clock)
        self._places = asyncio.Semaphore(server.concurrency)
        self._client = openai.AsyncOpenAI(
            base_url=server.base_url,
            api_key=server.api_key,
            timeout=server.timeout,
            max_retries=0,
            default_headers={"Accept-Encoding": "identity"},
            http_client=httpx2.AsyncClient(
                transport=BoundedTransport(MOST_BYTES), timeout=server.timeout, follow_redirects=False
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
            try:
                result = await _Attempt(self._server, self._client, order, self._dialect).finish()
            except asyncio.CancelledError:
                self._circuit.abandoned()
                raise
        if isinstance(result, _Failed):
            self._circuit.failed()
            return result.told
        self._circuit.succeeded()
        self._dialect = result.dialect
        return result.told


@dataclass(frozen=True, slots=True)
class _Answered:
    told: Written | NotWritten
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class _Failed:
    told: NotWritten


class _Attempt:
    """One order: requests until one is answered, or until there is no use in another."""

    def __init__(self, server: Server, client: openai.AsyncOpenAI, order: Order, dialect: Dialect) -> None:
        self._server, self._client, self._order, self._dialect = server, client, order, dialect
        self._began = monotonic()
        self._requests = 0
        self._lost = 0
        """Requests that were sent and never answered: the server may have worked on them."""

    async def finish(self) -> _Answered | _Failed:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._server.retries + 1) | stop_before_delay(self._server.deadline),
            wait=self._wait,
            retry=retry_if_exception(_is_temporary),
            reraise=True,
        )
        try:
            body: bytes = await retrying(self._understood)
        except (openai.APIError, TimeoutError) as failure:
            return _Failed(self._failure(failure))
        return _Answered(self._read(body), self._dialect)

    async def _understood(self) -> bytes:
        """Falls back to a plainer dialect as often as the server refuses one."""
        while True:
            try:
                return await self._sent()
            except openai.APIStatusError as refusal:
                plainer = self._dialect.plainer(refusal.status_code, str(refusal.body or refusal.message).lower())
                if plainer is None:
                    raise
                self._dialect = plainer

    async def _sent(self) -> bytes:
        self._requests += 1
        self._lost += 1
        try:
            async with asyncio.timeout(self._server.timeout):
                answer = await self._client.chat.completions.with_raw_response.create(
                    model=self._server.model,
                    messages=[{"role": message.role, "content": message.text} for message in self._order.messages],  # type: ignore[misc]
                    **self._dialect.parameters(self._order),
                )
        except openai.APIStatusError:
            self._lost -= 1
            raise
        self._lost -= 1
        return answer.content

    def _wait(self, state: RetryCallState) -> float:
        asked = _retry_after(state.outcome.exception() if state.outcome else None)
        backoff = wait_exponential_jitter(
            multiplier=self._server.first_wait, max=LONGEST_WAIT, jitter=self._server.first_wait
        )
        return backoff(state) if asked is None else asked

    def _read(self, body: bytes) -> Written | NotWritten:
        read = read_completion(body)
        if isinstance(read, Completion):
            return Written(read.text, self._call("OK", read.tokens, read.text))
        return NotWritten(read.fault, read.detail, self._call(read.fault, read.tokens, ""))

    def _failure(self, failure: openai.APIError | TimeoutError) -> NotWritten:
        fault, detail = _fault_of(failure)
        return NotWritten(fault, detail, self._call(fault, NO_TOKENS, ""), _retry_after(failure))

    def _call(self, outcome: str, tokens: tuple[int, int] | None, text: str) -> Call:
        asked = estimated_tokens(message.text for message in self._order.messages)
        told_in, told_out = tokens or (asked, estimated_tokens([text]))
        input_tokens = told_in + asked * self._lost
        usage = Usage(
            input_tokens,
            told_out,
            self._server.prices.cost(input_tokens, told_out),
            estimated=tokens is None or self._lost > 0,
        )
        seconds = monotonic() - self._began
        return Call(self._server.model, str(outcome), usage, seconds, self._requests)


def _is_temporary(failure: BaseException) -> bool:
    if isinstance(failure, openai.APIStatusError):
        if any(word in str(failure.code or failure.type or "") for word in USED_UP):
            return False
        return failure.status_code in TEMPORARY or (failure.status_code >= 500 and failure.status_code != 501)
    if isinstance(failure, openai.APIConnectionError):
        return not isinstance(failure.__cause__, TooLarge)
    return isinstance(failure, TimeoutError)


def _fault_of(failure: openai.APIError | TimeoutError) -> tuple[Fault, str]:
    """The detail has what the server's answer is known by, and none of its words."""
    if isinstance(failure, TimeoutError | openai.APITimeoutError):
        return Fault.TIMEOUT, "no answer in time"
    if isinstance(failure, openai.APIConnectionError):
        cause = type(failure.__cause__).__name__
        return (Fault.UNREADABLE, "too large an answer") if cause == "TooLarge" else (Fault.UNREACHABLE, cause)
    if not isinstance(failure, openai.APIStatusError):
        return Fault.UNREADABLE, type(failure).__name__
    code = str(failure.code or failure.type or "")
    detail = f"status {failure.status_code}" + (f" {code}" if CODE.fullmatch(code) else "")
    if not _is_temporary(failure):
        return Fault.REFUSED, detail
    return (Fault.RATE_LIMITED if failure.status_code == 429 else Fault.SERVER_ERROR), detail


def _retry_after(failure: BaseException | None) -> float | None:
    """Seconds that the server asks to wait."""
    if not isinstance(failure, openai.APIStatusError) or not _is_temporary(failure):
        return None
    said = failure.response.headers.get("retry-after", "").strip()
    if said.isdecimal() and len(said) < 8:
        return float(said)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
