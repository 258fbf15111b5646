"""How the writer deals with servers as they are: what they take, how they fail, and how much is asked of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest

from guidance import NotSharpened, Sharpened, recommend, sharpen
from guidance.budget import Budget, Limits, MemoryLedger, Prices, Sum
from guidance.facts import DealStatus
from guidance.openai_writer import OpenAIWriter, Server
from guidance.sharpen import Reason
from guidance.writer import Fault, Message, NotWritten, Order, Written
from tests.guidance import model_server as say
from tests.guidance.builders import NOW, facts
from tests.guidance.model_server import Asked, ModelServer, model_server

ORDER = Order((Message("system", "Be brief."), Message("user", "Hello")), "greeting", {"type": "object"}, 50)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as served:
        served.answers(say.text("Good day"))
        yield served


Making = Callable[..., OpenAIWriter]


@pytest.fixture
async def writer_of(server: ModelServer) -> AsyncIterator[Making]:
    made: list[OpenAIWriter] = []

    def make(clock: Callable[[], float] | None = None, **settings: object) -> OpenAIWriter:
        told = {"first_wait": 0.001, "timeout": 20.0} | settings
        where = Server(server.url, "key-of-the-test", "some-model", **told)  # type: ignore[arg-type]
        made.append(OpenAIWriter(where, clock) if clock else OpenAIWriter(where))
        return made[-1]

    yield make
    for writer in made:
        await writer.close()


async def test_the_schema_is_demanded_of_a_server_that_takes_it(server: ModelServer, writer_of: Making) -> None:
    written = await writer_of().write(ORDER)
    assert isinstance(written, Written)
    assert written.text == "Good day"
    (asked,) = server.asked
    assert asked.headers["authorization"] == "Bearer key-of-the-test"
    assert asked.body == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "greeting", "schema": {"type": "object"}, "strict": True},
        },
        "max_tokens": 50,
        "stream": False,
    }


@pytest.mark.parametrize(
    ("refused", "tried"),
    [
        ({"json_schema"}, ["json_schema", "json_object", "json_object"]),
        ({"json_schema", "json_object"}, ["json_schema", "json_object", "text", "text"]),
    ],
)
async def test_a_plainer_form_is_found_once_and_kept(
    refused: set[str], tried: list[str], server: ModelServer, writer_of: Making
) -> None:
    server.refuses = refused
    writer = writer_of()
    assert isinstance(await writer.write(ORDER), Written)
    assert isinstance(await writer.write(ORDER), Written)
    assert [asked.form for asked in server.asked] == tried


async def test_a_server_that_knows_only_chat_completions_sharpens_too(server: ModelServer, writer_of: Making) -> None:
    server.parameters = {"model", "messages", "max_tokens"}
    server.answers(say.around("<think>{first} I choose</think>Sure, here it is:\n```json\n", "\n```\nGood luck!"))
    result = await sharpen(recommend(facts(), at=NOW), writer_of(), at=NOW)
    assert isinstance(result, Sharpened)
    assert result.calls[0].requests == 4
    assert set(server.asked[-1].body) == {"model", "messages", "max_tokens"}


async def test_the_other_name_of_the_token_limit_is_learned(server: ModelServer, writer_of: Making) -> None:
    def picky(asked: Asked) -> say.Reply:
        if "max_tokens" in asked.body:
            return say.status(400, "Use 'max_completion_tokens' instead.")(asked)
        return say.text("Good day")(asked)

    server.answers(picky)
    writer = writer_of()
    assert isinstance(await writer.write(ORDER), Written)
    assert isinstance(await writer.write(ORDER), Written)
    assert ["max_tokens" in asked.body for asked in server.asked] == [True, False, False]
    assert server.asked[1].body["max_completion_tokens"] == 50


async def test_too_long_a_prompt_is_not_blamed_on_the_form(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.status(400, "too long", error_code="context_length_exceeded"))
    written = await writer_of().write(ORDER)
    assert isinstance(written, NotWritten)
    assert (written.fault, len(server.asked)) == (Fault.REFUSED, 1)


@pytest.mark.parametrize(
    "bad", [say.status(500), say.status(503), say.status(408), say.reset(), say.truncated(), say.status(429)]
)
async def test_what_may_pass_is_tried_again(bad: say.Answering, server: ModelServer, writer_of: Making) -> None:
    server.answers(bad, bad, say.text("Good day"))
    written = await writer_of(retries=2).write(ORDER)
    assert isinstance(written, Written)
    assert (written.call.requests, len(server.asked)) == (3, 3)


@pytest.mark.parametrize(
    "bad",
    [say.status(401), say.status(403), say.status(404, "Not Found"), say.status(429, error_code="insufficient_quota")],
)
async def test_what_will_not_pass_is_not_tried_again(
    bad: say.Answering, server: ModelServer, writer_of: Making
) -> None:
    server.answers(bad, say.text("Good day"))
    assert isinstance(await writer_of().write(ORDER), NotWritten)
    assert len(server.asked) == 1


async def test_retries_end(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.status(500))
    written = await writer_of(retries=3).write(ORDER)
    assert isinstance(written, NotWritten)
    assert (written.fault, len(server.asked)) == (Fault.SERVER_ERROR, 4)
    assert written.detail.startswith("status 500 error; ")


async def test_retry_after_is_kept_to_before_the_own_wait(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.status(429, Retry_After="0"), say.text("Good day"))
    assert isinstance(await writer_of(first_wait=3_600.0).write(ORDER), Written)


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
async def test_a_wait_beyond_the_deadline_is_handed_on(as_date: bool, server: ModelServer, writer_of: Making) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    server.answers(say.status(429, Retry_After=in_an_hour if as_date else "3600"))
    written = await writer_of().write(ORDER)
    assert isinstance(written, NotWritten)
    assert written.fault is Fault.RATE_LIMITED
    assert written.retry_after == pytest.approx(3_600, abs=900)
    assert len(server.asked) == 1


async def test_no_more_orders_at_once_than_allowed(server: ModelServer, writer_of: Making) -> None:
    released, arrived = asyncio.Event(), asyncio.Event()

    async def hold(_: Asked) -> None:
        if len(server.asked) == 2:
            arrived.set()
        await released.wait()

    server.hold = hold
    writer = writer_of(concurrency=2)
    orders = [asyncio.create_task(writer.write(ORDER)) for _ in range(6)]
    await arrived.wait()
    released.set()
    assert all(isinstance(written, Written) for written in await asyncio.gather(*orders))
    assert (server.at_once, len(server.asked)) == (2, 6)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_the_circuit_opens_and_one_trial_closes_it(server: ModelServer, writer_of: Making) -> None:
    clock = Clock()
    writer = writer_of(clock, retries=0, trips=3, cool_down=60.0)
    server.answers(say.status(500))
    failures = [await writer.write(ORDER) for _ in range(5)]
    assert [failure.fault for failure in failures if isinstance(failure, NotWritten)] == [
        *[Fault.SERVER_ERROR] * 3, *[Fault.CIRCUIT_OPEN] * 2,
    ]  # fmt: skip
    assert len(server.asked) == 3
    refused = failures[-1]
    assert isinstance(refused, NotWritten)
    assert (refused.retry_after, refused.call) == (60.0, None)

    clock.now += 61
    assert _fault(await writer.write(ORDER)) is Fault.SERVER_ERROR  # the trial fails: open again
    assert _fault(await writer.write(ORDER)) is Fault.CIRCUIT_OPEN
    clock.now += 61
    server.answers(say.text("Good day"))
    assert isinstance(await writer.write(ORDER), Written)
    assert isinstance(await writer.write(ORDER), Written)


async def test_only_one_is_let_through_on_trial(server: ModelServer, writer_of: Making) -> None:
    clock = Clock()
    writer = writer_of(clock, retries=0, trips=1, cool_down=60.0)
    server.answers(say.status(500), say.text("Good day"))
    await writer.write(ORDER)
    clock.now += 61
    released, arrived = asyncio.Event(), asyncio.Event()

    async def hold(_: Asked) -> None:
        arrived.set()
        await released.wait()

    server.hold = hold
    trial = asyncio.create_task(writer.write(ORDER))
    await arrived.wait()
    assert _fault(await writer.write(ORDER)) is Fault.CIRCUIT_OPEN
    released.set()
    assert isinstance(await trial, Written)
    assert len(server.asked) == 2


async def test_a_cancelled_trial_doesnt_keep_the_circuit_open_for_ever(server: ModelServer, writer_of: Making) -> None:
    clock = Clock()
    writer = writer_of(clock, retries=0, trips=1, cool_down=60.0)
    server.answers(say.status(500), say.text("Good day"))
    await writer.write(ORDER)
    clock.now += 61
    arrived = asyncio.Event()

    async def hold(_: Asked) -> None:
        arrived.set()
        await asyncio.Event().wait()

    server.hold = hold
    trial = asyncio.create_task(writer.write(ORDER))
    await arrived.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    server.hold = None
    assert isinstance(await writer.write(ORDER), Written)


async def test_a_refusal_by_the_model_is_no_sign_of_a_server_that_is_down(
    server: ModelServer, writer_of: Making
) -> None:
    writer = writer_of(trips=1)
    server.answers(say.without_text(refusal="No."), say.text("Good day"))
    assert _fault(await writer.write(ORDER)) is Fault.DECLINED
    assert isinstance(await writer.write(ORDER), Written)


async def test_usage_and_cost_are_told_per_call(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.status(500), say.text("Good day"))
    written = await writer_of(prices=Prices(Decimal("2.50"), Decimal(10))).write(ORDER)
    assert isinstance(written, Written)
    usage = written.call.usage
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (900, 200, False)
    assert usage.cost == Decimal("0.00425")


@pytest.mark.parametrize(
    "usage", [{}, {"prompt_tokens": -1, "completion_tokens": 5}, {"prompt_tokens": "many"}, "none"]
)
async def test_usage_that_isnt_told_is_estimated(usage: object, server: ModelServer, writer_of: Making) -> None:
    server.answers(say.raw(say.completion("Good day", usage=usage)))
    written = await writer_of().write(ORDER)
    assert isinstance(written, Written)
    assert (written.call.usage.tokens, written.call.usage.estimated) == (4 + 2 + 3, True)


async def test_what_may_have_been_worked_on_counts_as_asked(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.reset())
    written = await writer_of(retries=1).write(ORDER)
    assert isinstance(written, NotWritten)
    assert written.call is not None
    assert (written.call.usage.tokens, written.call.requests, written.call.usage.estimated) == (2 * (4 + 2), 2, True)


PRICES = Prices(Decimal(1_000), Decimal(1_000))
Limited = Callable[[MemoryLedger], Budget]


@pytest.mark.parametrize(
    "limited",
    [
        lambda ledger: Budget(ledger, a_day=Limits(tokens=6_700)),
        lambda ledger: Budget(ledger, a_partner=Limits(tokens=6_700)),
        lambda ledger: Budget(ledger, PRICES, a_day=Limits(cost=Decimal("6.7"))),
        lambda ledger: Budget(ledger, PRICES, a_partner=Limits(cost=Decimal("6.7"))),
    ],
    ids=["tokens of a day", "tokens of a partner", "cost of a day", "cost of a partner"],
)
async def test_a_used_up_budget_asks_nothing(limited: Limited, server: ModelServer, writer_of: Making) -> None:
    """An order is reckoned at about 5,100 tokens and takes 1,100, so that there is room for two."""
    server.answers(say.good())
    budget, writer, advice = limited(MemoryLedger()), writer_of(), recommend(facts(), at=NOW)
    results = [await sharpen(advice, writer, at=NOW, budget=budget, partner_id="p1") for _ in range(3)]
    assert [type(result) for result in results] == [Sharpened, Sharpened, NotSharpened]
    last = results[-1]
    assert isinstance(last, NotSharpened)
    assert (last.reason, last.calls, len(server.asked)) == (Reason.BUDGET_USED_UP, (), 2)
    tomorrow = await sharpen(advice, writer, at=NOW + timedelta(days=1), budget=budget, partner_id="p1")
    assert isinstance(tomorrow, Sharpened)


async def test_everyones_budget_used_up_by_others_is_told_apart(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.good())
    budget, writer = Budget(MemoryLedger(), a_day=Limits(tokens=6_700)), writer_of()
    advice = recommend(facts(), at=NOW)
    for partner in ("p1", "p2"):
        assert isinstance(await sharpen(advice, writer, at=NOW, budget=budget, partner_id=partner), Sharpened)
    reasons = {}
    for asker in ("p1", "p3", None):
        refused = await sharpen(advice, writer, at=NOW, budget=budget, partner_id=asker)
        assert isinstance(refused, NotSharpened)
        reasons[asker] = refused.reason
    others = Reason.BUDGET_OF_ALL_USED_UP
    assert reasons == {"p1": others, "p3": others, None: Reason.BUDGET_USED_UP}


async def test_one_partner_doesnt_use_up_anothers_budget(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.good())
    ledger = MemoryLedger()
    budget = Budget(ledger, a_partner=Limits(tokens=6_000))
    writer, advice = writer_of(), recommend(facts(), at=NOW)
    for partner in ("p1", "p1", "p2"):
        await sharpen(advice, writer, at=NOW, budget=budget, partner_id=partner)
    assert {owner: spent.tokens for (owner, _), spent in ledger.sums.items()} == {"": 2_200, "p1": 1_100, "p2": 1_100}


async def test_orders_at_the_same_time_cant_overrun_the_budget_together(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.good())
    budget = Budget(MemoryLedger(), a_day=Limits(tokens=6_700))
    writer, advice = writer_of(), recommend(facts(), at=NOW)
    results = await asyncio.gather(*(sharpen(advice, writer, at=NOW, budget=budget) for _ in range(10)))
    assert sum(isinstance(result, Sharpened) for result in results) == len(server.asked) == 1


async def test_a_failed_order_gives_back_what_it_reserved(server: ModelServer, writer_of: Making) -> None:
    server.answers(say.status(500))
    ledger = MemoryLedger()
    await sharpen(recommend(facts(), at=NOW), writer_of(retries=0), at=NOW, budget=Budget(ledger))
    assert set(ledger.sums.values()) == {Sum()}


async def test_a_closed_deal_asks_nothing(server: ModelServer, writer_of: Making) -> None:
    closed = recommend(facts(deal={"status": DealStatus.WON}), at=NOW)
    result = await sharpen(closed, writer_of(), at=NOW)
    assert isinstance(result, NotSharpened)
    assert (result.reason, server.asked) == (Reason.NOTHING_TO_DO, [])


def _fault(written: Written | NotWritten) -> Fault | None:
    return written.fault if isinstance(written, NotWritten) else None
