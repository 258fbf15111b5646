"""The courier: sends what is due, for as long as its process works. In as many processes as one likes.

Endpoints share nothing but the process: each has requests of its own number at once, so that one that is silent for
each request's whole time holds up no other; and the results of all are written together, a few times a second.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import structlog

from app.database import Database
from app.database.failures import is_unreachable
from app.database.incidents import met
from app.outgoing import Outgoing, Rules
from app.settings import Settings
from app.webhooks.claiming import Claimed, Room, claim
from app.webhooks.results import write
from app.webhooks.sending import Result, failed_here, released, send

log = structlog.get_logger(__name__)

_waiting: set[asyncio.Event] = set()


def woken(_: str | None = None) -> None:
    """Have this process's couriers look for what is due soon."""
    for one in _waiting:
        one.set()


@dataclass(frozen=True, slots=True)
class Rounds:
    """In seconds, but for numbers. `poll`: between two looks that nobody asked for; `pause`: after one. `within`: what
    a receiver may take. `usual`, `failing`: requests at once to one endpoint, and to one that fails. `most`: of all,
    and `each` of one organisation's. `spare`: what a claim lasts beyond two tries."""

    poll: float = 1.0
    pause: float = 0.02
    within: float = 15.0
    usual: int = 8
    failing: int = 1
    most: int = 400
    each: int = 100
    stumble: float = 5.0
    spare: float = 15.0

    @property
    def lease(self) -> float:
        """After which what a worker has claimed is taken for lost."""
        return 2 * self.within + self.spare

    @classmethod
    def of(cls, settings: Settings) -> "Rounds":
        return cls(within=settings.webhook_timeout_seconds, usual=settings.webhook_concurrency)


async def deliver(db: Database, settings: Settings, rounds: Rounds | None = None) -> None:
    """Until cancelled."""
    rounds = rounds or Rounds.of(settings)
    outgoing = Outgoing(Rules.of(settings), connections=rounds.most)
    courier = Courier(db, outgoing, rounds)
    try:
        await courier.run()
    finally:
        await outgoing.aclose()


class Courier:
    def __init__(self, db: Database, outgoing: Outgoing, rounds: Rounds) -> None:
        self._db = db
        self._outgoing = outgoing
        self._rounds = rounds
        self._busy: Counter[UUID] = Counter()
        self._under_way: dict[asyncio.Task[None], Sequence[Claimed]] = {}
        self._results: list[Result] = []
        self._woken = asyncio.Event()

    async def run(self) -> None:
        _waiting.add(self._woken)
        delay = self._rounds.stumble / 50
        try:
            while True:
                self._woken.clear()
                try:
                    await self._round()
                    delay = self._rounds.stumble / 50
                except Exception as error:  # noqa: BLE001 # told; whatever it is, later deliveries go on
                    if _is_cancelled():  # the lost connection's farewell has taken the place of what cancelled us
                        return
                    _tell(error)
                    await asyncio.sleep(delay * (1 + random.random()))  # noqa: S311 # jitter
                    delay = min(delay * 2, self._rounds.stumble)
                await asyncio.sleep(self._rounds.pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._rounds.poll):
                        await self._woken.wait()
        finally:
            _waiting.discard(self._woken)
            await self._stop()

    async def _round(self) -> None:
        """Results are written first: what has come to an end makes room."""
        await self._write()
        if len(self._under_way) < self._rounds.most:
            for lane in _lanes(await self._claim()):
                self._begin(lane)

    async def _claim(self) -> Sequence[Claimed]:
        rounds = self._rounds
        room = Room(rounds.usual, rounds.failing, rounds.each, rounds.most - len(self._under_way))
        return await claim(self._db, self._busy, room, lease=rounds.lease)

    def _begin(self, lane: Sequence[Claimed]) -> None:
        endpoint_id = lane[0].endpoint["id"]
        self._busy[endpoint_id] += 1
        task = asyncio.create_task(self._send(lane), name="webhook")
        self._under_way[task] = lane
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        endpoint_id = self._under_way.pop(task)[0].endpoint["id"]
        self._busy[endpoint_id] -= 1
        if not self._busy[endpoint_id]:
            del self._busy[endpoint_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _tell(error)
        self._woken.set()

    async def _send(self, lane: Sequence[Claimed]) -> None:
        """One after the other; where one has to be tried again, those after it wait."""
        until = monotonic() + self._rounds.lease - self._rounds.within - self._rounds.spare / 2
        left = list(lane)
        while left and monotonic() < until:
            result = await self._try(left[0])
            self._results.append(result)
            left.pop(0)
            if not result.ended:
                break
        self._results += [released(one) for one in left]

    async def _try(self, one: Claimed) -> Result:
        """Whatever goes wrong, there is a result: without one the delivery would come back as it is, for ever."""
        try:
            return await send(self._outgoing, one, self._rounds.within)
        except Exception as error:  # noqa: BLE001 # told, and counted unless the database is away
            _tell(error, delivery_id=str(one.id))
            return released(one, pause=self._rounds.stumble) if is_unreachable(error) else failed_here(one)

    async def _write(self) -> None:
        results, self._results = self._results, []
        if not results:
            return
        try:
            await write(self._db, results)
        except BaseException:
            self._results = results + self._results
            raise

    async def _stop(self) -> None:
        """Give back what is under way: whether it arrived, nobody knows, so it is sent again."""
        under_way = dict(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        known = {one.delivery_id for one in self._results}
        self._results += [released(one) for lane in under_way.values() for one in lane if one.id not in known]
        try:
            await self._write()
        except Exception as error:  # noqa: BLE001 # told; the lease ends by itself
            _tell(error)


def _lanes(claimed: Sequence[Claimed]) -> Sequence[Sequence[Claimed]]:
    """Deliveries that are sent one after the other: of an endpoint that wants its order kept, all of it."""
    lanes: list[Sequence[Claimed]] = []
    ordered: dict[UUID, list[Claimed]] = {}
    for one in claimed:
        if one.endpoint["ordered"]:
            ordered.setdefault(one.endpoint["id"], []).append(one)
        else:
            lanes.append([one])
    return [*lanes, *(sorted(lane, key=lambda one: one.order) for lane in ordered.values())]


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tell(error: BaseException, **context: str) -> None:
    if isinstance(error, Exception) and is_unreachable(error):
        met(error, by="delivering webhooks", **context)
    else:
        log.error("a webhook was not sent", exc_info=error, **context)
