"""Answers that are kept for a while: for whom, for how long, and that several who ask at once wait for one."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from app.analytics.kept import ALWAYS_FRESH, KeptAnswers
from app.identity.reach import Sizes, use_sizes
from app.identity.viewer import Viewer
from app.vocabulary import OrganizationKind, Role

PARTNER, RIVAL, ADMIN = UUID(int=1), UUID(int=2), UUID(int=3)
LARGE = 5 * ALWAYS_FRESH


@dataclass
class Making:
    """`now`: seconds of the clock; `made`: how many answers were."""

    now: float = 0.0
    made: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def make(self) -> int:
        self.made += 1
        return self.made

    async def make_slowly(self) -> int:
        await self.gate.wait()
        return await self.make()


@pytest.fixture
def deals() -> Iterator[None]:
    use_sizes(Sizes(rows={"opportunity": LARGE}, of_partners={PARTNER: LARGE, RIVAL: LARGE}))
    yield
    use_sizes(Sizes())


def vendor(user: int = 9) -> Viewer:
    return Viewer(UUID(int=user), ADMIN, OrganizationKind.VENDOR, Role.VENDOR_ADMIN)


def manager(organization: UUID) -> Viewer:
    return Viewer(UUID(int=8), organization, OrganizationKind.PARTNER, Role.PARTNER_MANAGER)


@pytest.mark.usefixtures("deals")
async def test_an_answer_over_many_deals_stands_for_a_minute_for_who_sees_the_same() -> None:
    making = Making()
    kept = KeptAnswers(clock=lambda: making.now)
    assert [await kept.answer(vendor(user), "asked", making.make) for user in (1, 2)] == [1, 1]
    assert await kept.answer(manager(PARTNER), "asked", making.make) == 2
    assert await kept.answer(manager(RIVAL), "asked", making.make) == 3
    assert await kept.answer(vendor(), "something else", making.make) == 4
    making.now = 59.9
    assert await kept.answer(vendor(), "asked", making.make) == 1
    making.now = 60
    assert await kept.answer(vendor(), "asked", making.make) == 5


async def test_an_answer_over_few_deals_is_made_anew() -> None:
    making = Making()
    kept = KeptAnswers(clock=lambda: making.now)
    use_sizes(Sizes(rows={"opportunity": ALWAYS_FRESH}))
    try:
        assert [await kept.answer(vendor(), "asked", making.make) for _ in range(2)] == [1, 2]
    finally:
        use_sizes(Sizes())


@pytest.mark.usefixtures("deals")
async def test_several_who_ask_at_once_wait_for_one_answer() -> None:
    making = Making()
    kept = KeptAnswers(seconds=3_600)
    asked = [asyncio.create_task(kept.answer(vendor(), "asked", making.make_slowly)) for _ in range(5)]
    await asyncio.sleep(0)
    making.gate.set()
    assert await asyncio.gather(*asked) == [1] * 5
    assert making.made == 1


@pytest.mark.usefixtures("deals")
async def test_what_fails_is_not_kept() -> None:
    making = Making()
    kept = KeptAnswers()

    async def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await kept.answer(vendor(), "asked", fail)
    assert await kept.answer(vendor(), "asked", making.make) == 1
