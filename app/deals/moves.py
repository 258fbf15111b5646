"""Writing a move: the deal, its transition and the event, in one statement, if nobody was faster."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from app.audit import entries as audit
from app.database import Transaction
from app.database.rls import RLS_PREAMBLE, WALL, seen
from app.database.sql import TRUE, Slot, Sql, Statement, joined, sql
from app.deals import rules
from app.deals.automatic import advances
from app.deals.settling import settle
from app.deals.store import StoredDeal, deal
from app.events import facts
from app.events.log import NewEvent, Reader, insertion, slots_of_event
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.vocabulary import TransitionKind


async def record(
    db: Reader,
    found: StoredDeal,
    move: rules.Move,
    actor_id: UUID | None,
    at: datetime,
    *,
    automatic: bool = False,
    transition_id: UUID | None = None,
    now: datetime | None = None,
    alongside: Sequence[Callable[[Sql], Sql]] = (),
) -> UUID | None:
    """The transition's id; None when the deal is no longer at the version that was decided on.

    `at`: when the deal moved; `now`, if that was before: when this is written.
    `alongside`: further `INSERT … SELECT … FROM` the source given to them, part of the same statement.
    """
    transition_id = transition_id or new_id()
    event = facts.stage_changed(
        found.id,
        transition_id=transition_id,
        kind=move.kind,
        from_stage_key=move.from_stage.key,
        to_stage_key=move.to_stage.key,
        playbook_key=found.play.key,
        partner_id=found.partner_id,
        actor_id=actor_id,
        automatic=automatic,
    )
    wall = None if isinstance(db, Transaction) else seen()
    slots: dict[str, object] = {
        WALL.name: wall and wall.reading,
        "id": found.id,
        "version": found.version,
        "stage": move.to_stage.id,
        "status": move.status.value,
        "at": at,
        "now": now or at,
        "closed_at": move.closed_at,
        "close_reason": move.close_reason,
        "close_reason_key": move.close_reason_key,
        "transition": transition_id,
        "from": move.from_stage.id,
        "kind": move.kind.value,
        "actor": actor_id,
        "reason": move.reason,
        "automatic": automatic,
        "overridden": move.overridden,
        "seconds": move.seconds_in_previous_stage,
        **slots_of_event(event),
        **audit.slots_of_entry(_entry(event, move)),
    }
    statement = _moving(wall is not None) if not alongside else _moving_with(wall is not None, alongside)
    row = await db.fetchrow(statement.text, *statement.arguments(slots))
    return None if row is None else transition_id


_WRITTEN = sql("written")


def _moving_with(walled: bool, alongside: Sequence[Callable[[Sql], Sql]]) -> Statement:
    """`walled`: the statement tells the policies for whom it is, since no transaction has."""
    more = joined("", (sql(f", alongside_{n} AS ({{}})", one(_WRITTEN)) for n, one in enumerate(alongside)))
    return sql(
        "WITH moved AS ("
        " UPDATE opportunity SET stage_id = {}::uuid, status = {}::text, entered_stage_at = {}::timestamptz,"
        " closed_at = {}::timestamptz, close_reason = {}::text,"
        " close_reason_key = {}::text, version = version + 1, updated_at = {}::timestamptz"
        " WHERE id = {}::uuid AND version = {}::integer AND {} RETURNING id"
        "), written AS ("
        " INSERT INTO stage_transition (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at, actor_id,"
        " reason, automatic, overridden, seconds_in_previous_stage)"
        " SELECT {}::uuid, id,"
        " 1 + coalesce((SELECT max(t.seq) FROM stage_transition t WHERE t.opportunity_id = moved.id), 0),"
        " {}::uuid, {}::uuid, {}::text, {}::timestamptz, {}::uuid, {}::text, {}::boolean, {}::boolean, {}::bigint"
        " FROM moved RETURNING id"
        "), logged AS ({}), audited AS ({}){} SELECT id FROM written",
        *map(Slot, ("stage", "status", "at", "closed_at", "close_reason", "close_reason_key", "now", "id", "version")),
        RLS_PREAMBLE if walled else TRUE,
        *map(Slot, ("transition", "from", "stage", "kind", "at", "actor", "reason")),
        *map(Slot, ("automatic", "overridden", "seconds")),
        insertion(_WRITTEN),
        audit.insertion(_WRITTEN),
        more,
    ).statement()


@lru_cache(maxsize=2)
def _moving(walled: bool) -> Statement:
    return _moving_with(walled, ())


def _entry(event: NewEvent, move: rules.Move) -> audit.Entry:
    detail = {**event.payload, "overridden": True} if move.overridden else event.payload
    return audit.Entry(event.type.value, event.actor_id, f"opp_{event.opportunity_id}", detail)


async def move_on(
    tx: Transaction, viewer: Viewer | None, before: StoredDeal | None, opportunity_id: UUID, at: datetime
) -> UUID | None:
    """Let the deal advance by itself because of a change, in whose transaction this is called after it was written.

    `before`: the deal as it was read, locked, before the change; None when the change created it. `viewer`: who made
    the change; None for the system. The last transition's id, when the deal moved.
    """
    if before is not None and not before.stage.auto_advance:
        return None
    # Whoever made the change: it may have taken the deal out of their sight.
    after = await deal(tx, SYSTEM_VIEWER, opportunity_id)
    if after is None:
        return None
    if before is not None:
        await settle((before,), at)
    state = before.as_deal(at) if before else None
    actor = viewer.user_id if viewer else None
    last: UUID | None = None
    while target := await _by_itself(state, after, at):
        last = await record(tx, after, _onwards(after, target, at), actor, at, automatic=True)
        assert last is not None, "the deal is locked"
        state, after = None, after.moved(target, at)
    return last


async def _by_itself(before: rules.Deal | None, after: StoredDeal, at: datetime) -> rules.Stage | None:
    if not after.stage.auto_advance:
        return None
    await settle((after,), at)
    return advances(before, after.as_deal(at), after.play.stages)


def _onwards(found: StoredDeal, target: rules.Stage, at: datetime) -> rules.Move:
    return rules.Move(
        kind=TransitionKind.FORWARD,
        from_stage=found.stage,
        to_stage=target,
        reason=None,
        overridden=False,
        status=found.status,
        closed_at=None,
        close_reason=None,
        seconds_in_previous_stage=max(0, int((at - found.entered_stage_at).total_seconds())),
    )
