"""Catching up from a cursor: past events are read from the log, then the receiver joins the fan-out."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from app.events.fanout import Answer, Fanout, Source
from app.events.live_filter import LiveFilter
from app.events.log import LoggedEvent, Position, locate
from app.events.past import Interest, past
from app.events.receiver import Receiver
from app.events.visible import sees
from app.identity.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Past:
    """What is told to one receiver of the log: to whom, what of it, and how it is answered."""

    source: Source
    fanout: Fanout
    viewer: Viewer
    wanted: LiveFilter
    answer: Answer

    async def tell(self, receiver: Receiver, after: int, join: Callable[[], Position]) -> None:
        """All that happened after event number `after`; then `join`, and what happened until it had joined.

        Returns early when the receiver has ended. Raises `CursorUnknown`, and what reading the log raises.
        """
        receiver.cursor = after
        await self.source.rouse()
        # The cursor may come from a server whose tail is ahead of this one's.
        at = await locate(self.source.database, after)
        # However long the backlog is, nothing queues up while it is read; only then join, and read what came meanwhile.
        reached = self.source.position
        await self._span(receiver, at, reached)
        await self.source.rouse()
        if receiver.ended:
            return
        receiver.hold()
        joined = join()
        receiver.seen = max(at, joined)
        await self._span(receiver, max(at, reached), joined)
        receiver.release()

    async def _span(self, receiver: Receiver, at: Position, up_to: Position) -> None:
        interest = Interest(self.wanted.types, self.wanted.opportunity_ids, self.wanted.include, self.viewer)
        async with aclosing(past(self.source.database, interest, at, up_to)) as events:
            async for event in events:
                if receiver.ended:
                    return
                if await sees(self.source.database, self.viewer, event):
                    await self._give(receiver, event)

    async def _give(self, receiver: Receiver, event: LoggedEvent) -> None:
        answer = await self.fanout.answered(self.answer, event)
        if answer is None:
            return
        await receiver.room()
        if not receiver.ended:
            receiver.cursor = event.seq
            receiver.put(answer)
