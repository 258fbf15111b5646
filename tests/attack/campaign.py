"""Attacks one after another against one server, each weighed and timed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.attack import weighing
from tests.attack.attacks import Attack
from tests.attack.health import Health, Watch
from tests.attack.ledger import Ledger
from tests.attack.target import Target
from tests.hunts import size

P99 = 0.250  # seconds
GROWTH = 2.0
MEASURED = size(0, whole=2)  # seconds at least, so that a percentile is one
SETTLES = 30.0  # seconds in which the server has to be well again


@dataclass(frozen=True, slots=True)
class Row:
    """One attack's outcome. `wrong`: what a right server would not have done, whatever the time; `slow`: the rest."""

    attack: Attack
    ledger: Ledger
    seconds: float
    processor: float
    health: Health
    before: int
    peak: int
    after: int
    wrong: list[str]
    slow: list[str]


@dataclass(slots=True)
class Campaign:
    """`base`: bytes that the server held before the first attack; `restart` ends and starts it."""

    target: Target
    watch: Watch
    pid: Callable[[], int]
    restart: Callable[[], Awaitable[None]]
    deadline: float
    base: int
    began: float = field(default_factory=time.monotonic)

    async def run(self, attack: Attack) -> Row:
        pid = self.pid()
        before, used = weighing.resident(pid), weighing.processor(pid)
        weighing.forget_peak(pid)
        ledger = Ledger(attack.right, attack.within, self.deadline)
        began = time.monotonic()
        await self._send(attack, ledger)
        self.target.hang_up()
        seconds = time.monotonic() - began
        await asyncio.sleep(max(0.0, began + MEASURED - time.monotonic()))
        settled = await self.watch.settled(SETTLES)
        if not settled:
            ledger.late[f"not well again {SETTLES:g} s later"] += 1
        health = self.watch.between(began, time.monotonic())
        peak, after = weighing.peak(pid), weighing.resident(pid)
        row = Row(
            *(attack, ledger, seconds, weighing.processor(pid) - used, health, before, peak, after),
            wrong=[f"{what} ×{times}" for what, times in ledger.faults.most_common(4)],
            slow=[
                *(f"{what} ×{times}" for what, times in ledger.late.most_common(4)),
                *self._bars(health, before, peak),
            ],
        )
        if not settled or not await self._answers(row):
            await self.restart()
        return row

    def health(self) -> Health:
        """Of all this time."""
        return self.watch.between(self.began, time.monotonic())

    async def _send(self, attack: Attack, ledger: Ledger) -> None:
        try:
            async with asyncio.timeout(attack.limit):
                await self._sent(attack, ledger)
        except TimeoutError:
            ledger.late[f"not through after {attack.limit:g} s"] += 1

    async def _sent(self, attack: Attack, ledger: Ledger) -> None:
        try:
            await attack.send(self.target, ledger)
        except* OSError as errors:  # connections that a server refuses, or doesn't take in time
            ledger.statuses[f"refused ({type(errors.exceptions[0]).__name__})"] += 1

    def _bars(self, health: Health, before: int, peak: int) -> list[str]:
        crossed = []
        if health.p99 >= P99:
            crossed.append(f"healthz p99 {health.p99 * 1000:,.0f} ms")
        if health.unanswered:
            crossed.append(f"healthz unanswered ×{health.unanswered}")
        if peak > GROWTH * self.base and peak > 1.1 * before:
            crossed.append(f"memory {peak / self.base:.1f} × what it was at first")
        return crossed

    async def _answers(self, row: Row) -> bool:
        """Whether an ordinary request is answered; budgets may be spent."""
        try:
            async with asyncio.timeout(20):
                answer = await self.target.ask("{ viewer { user { name } } }", who="manager")
        except (OSError, ValueError, TimeoutError):
            row.wrong.append("afterwards nothing answers")
            return False
        code = answer["errors"][0]["extensions"].get("code") if "errors" in answer else None
        if code not in (None, "RATE_LIMITED"):
            row.wrong.append(f"afterwards {code}")
        return True
