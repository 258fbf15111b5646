"""Following one person's inbox: what came after a number, then what comes, in its order and each once.

An inbox is a sequence of its own beside the event log: nobody but its person hears of it, whatever their role.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import cast

from app.database import database
from app.database.rls import as_viewer
from app.events.fanout import persistently
from app.events.log import CursorUnknown, LoggedEvent
from app.events.receiver import Receiver
from app.events.tail import tail
from app.identity.rls_policies import rls_setting
from app.identity.viewer import Viewer
from app.notifications.reading import Received, begin_after, received
from app.notifications.wake import waiting
from schema.event.live import Answers, ending

INBOX = "notifications"
PAGE = 50
LOOK_SECONDS = 15.0
"""Between two looks that no wake-up asked for."""


async def came(
    viewer: Viewer, after: int, woken: asyncio.Event, ended: Callable[[], bool] = lambda: False
) -> AsyncGenerator[Received, None]:
    """Everything after this number, until it has `ended`; looked for when `woken`, and now and then."""
    while not ended():
        woken.clear()
        found = await persistently(partial(_received, viewer, after))
        for one in found:
            yield one
            after = one.number
        if len(found) < PAGE and not ended():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await woken.wait()


async def _received(viewer: Viewer, after: int) -> list[Received]:
    with as_viewer(rls_setting(viewer)):
        return await received(database(), viewer, after, PAGE)


async def begun(viewer: Viewer, after: int | None) -> int:
    """Raises `ClientError` for a cursor of no notification that there was."""
    try:
        with as_viewer(rls_setting(viewer)):
            return await begin_after(database(), viewer, after)
    except CursorUnknown as unknown:
        raise ending(unknown) from None


@dataclass(frozen=True, slots=True)
class PreparedInbox:
    """A subscription to an inbox that is ready to be followed by a receiver."""

    viewer: Viewer
    after: int | None
    answers: Answers

    async def follow(self, receiver: Receiver) -> None:
        """Returns once the receiver is told what comes, or has ended. Raises as `begun`."""
        fanout = tail().fanout
        receiver.scope = INBOX
        fanout.add(receiver)
        if receiver.ended:
            return
        receiver.cursor = await begun(self.viewer, self.after)
        receiver.joined()
        fanout.begin(self._tell(receiver, receiver.cursor))

    async def _tell(self, receiver: Receiver, after: int) -> None:
        with waiting(self.viewer.user_id) as woken:
            receiver.left = woken.set
            async with aclosing(came(self.viewer, after, woken, lambda: receiver.ended)) as stream:
                async for one in stream:
                    answer = await tail().fanout.answered(self.answers, cast(LoggedEvent, one))
                    await receiver.room()
                    if receiver.ended:
                        return
                    if answer is not None:
                        receiver.cursor = one.number
                        receiver.put(answer)
