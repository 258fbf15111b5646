"""One try of one delivery, from its claim to what is to be written of it."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from app.outgoing import BadUrl, NotReached, Outgoing
from app.vocabulary import WebhookDeliveryStatus as Status
from app.webhooks import bodies
from app.webhooks.claiming import Claimed
from app.webhooks.disabling import OWNERLESS
from app.webhooks.retrying import Try, Verdict, header_of, is_given_up, is_overdue, pause_after, rest, verdict
from app.webhooks.secrets import Unreadable, secrets_of, signed_headers

log = structlog.get_logger(__name__)

NOT_LOGGED = "The log no longer holds the event."
NOT_SEEN = "The endpoint's owner may no longer see it."
UNREADABLE_SECRET = "The secret can't be read any more: rotate it."  # noqa: S105
GONE = "The receiver answered 410 Gone."
FAILS = "It has failed for five days."
OURS = "It could not be sent, for a reason of ours."


@dataclass(frozen=True, slots=True)
class Result:
    """`claimed`: until when it was claimed: what somebody has claimed or asked for since stays as it is. `pause`:
    seconds until it is due again; None: it has come to an end. `tried`: a request was made, or should have been.
    `ours`: that there was none says nothing of the endpoint.
    `unwanted`: it should never have been there. Of the endpoint: `rest`: seconds for which it is to be left alone;
    `disabled`: why it is to be, if it is."""

    delivery_id: UUID
    endpoint_id: UUID
    claimed: datetime
    status: Status
    tried: bool
    failures: int
    pause: float | None = None
    status_code: int | None = None
    error: str | None = None
    duration_ms: int | None = None
    answer: str | None = None
    rest: float | None = None
    disabled: str | None = None
    unwanted: bool = False
    ours: bool = False

    @property
    def ended(self) -> bool:
        return self.pause is None


async def send(outgoing: Outgoing, one: Claimed, within: float) -> Result:
    """Raises what the database raises, where an answer takes it."""
    if one.owner is None:
        return released(one, disabled=OWNERLESS)
    if one.delivery["event_seq"] is not None and (one.event is None or not one.seen):
        return _ended(one, Status.WITHHELD, NOT_LOGGED if one.event is None else NOT_SEEN)
    now = datetime.now(UTC)
    try:
        body = await _body(one)
        signing = secrets_of(one.endpoint, now)
    except bodies.Unanswerable as error:
        return _failed(one, Try(None), error=str(error))
    except bodies.FailedHere as failed:
        log.warning("a webhook's body could not be made", delivery_id=str(one.id), code=failed.code)
        return failed_here(one)
    except Unreadable:
        return _failed(one, Try(None), error=UNREADABLE_SECRET)
    if body is None:
        return _ended(one, Status.WITHHELD, None, unwanted=True)
    headers = signed_headers(bodies.webhook_id(one.id), body, signing, now)
    try:
        answer = await outgoing.post(one.endpoint["url"], body, headers, within=within)
    except NotReached as none:
        return _failed(one, Try(None), error=none.reason)
    except BadUrl as bad:
        return _failed(one, Try(None), error=bad.message)
    tried = Try(answer.status, header_of(answer.headers))
    said: dict[str, Any] = {"status_code": answer.status, "duration_ms": answer.milliseconds, "answer": answer.text}
    if verdict(tried) is Verdict.DELIVERED:
        return Result(*about(one), Status.DELIVERED, True, one.delivery["failures"], **said)
    return _failed(one, tried, **said)


async def _body(one: Claimed) -> bytes | None:
    if one.event is None:
        return bodies.body_with(one.delivery)
    assert one.owner is not None
    return await bodies.body_of(one.id, one.event, one.owner, one.endpoint["document"])


def about(one: Claimed) -> tuple[UUID, UUID, datetime]:
    return one.id, one.endpoint["id"], one.delivery["due_at"]


def released(one: Claimed, *, disabled: str | None = None, pause: float = 0.0) -> Result:
    """As if it had never been claimed."""
    failures = one.delivery["failures"]
    return Result(*about(one), Status.WAITING, False, failures, pause=pause, disabled=disabled)


def failed_here(one: Claimed) -> Result:
    """For a reason of ours: it counts against the delivery, so that it comes to an end, and not against the
    endpoint."""
    failures = one.delivery["failures"] + 1
    again = pause_after(failures, random.random())  # noqa: S311 # jitter
    status = Status.FAILED if again is None else Status.WAITING
    return Result(*about(one), status, True, failures, again, error=OURS, ours=True)


def _ended(one: Claimed, status: Status, error: str | None, *, unwanted: bool = False) -> Result:
    failures = one.delivery["failures"]
    return Result(*about(one), status, False, failures, error=error, unwanted=unwanted)


def _failed(one: Claimed, tried: Try, **said: Any) -> Result:
    """A request for patience isn't counted against the delivery, and lets the endpoint rest."""
    now, before = datetime.now(UTC), one.delivery["failures"]
    disabled = FAILS if is_given_up(one.endpoint["failing_since"], now) else None
    match verdict(tried):
        case Verdict.LATER:
            pause = rest(tried, one.endpoint["slowdowns"], now, random.random())  # noqa: S311 # jitter
            over = is_overdue(one.delivery["at"], one.delivery["attempt"] + 1, now)
            status, again = (Status.FAILED, None) if over else (Status.WAITING, pause)
            made = Result(*about(one), status, True, before, again, rest=pause, disabled=disabled, **said)
        case Verdict.GONE:
            made = Result(*about(one), Status.FAILED, True, before + 1, disabled=GONE, **said)
        case _:
            again = pause_after(before + 1, random.random())  # noqa: S311 # jitter
            status = Status.FAILED if again is None else Status.WAITING
            made = Result(*about(one), status, True, before + 1, again, disabled=disabled, **said)
    return made
