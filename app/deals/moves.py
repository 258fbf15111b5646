"""Writing a move: the deal, its transition and the event, in one statement, if nobody was faster."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from app.audit import entries as audit
from app.database import Transaction
from app.database.sql import TRUE, Sql, joined, sql
from app.database.wall import gate
from app.deals import rules
from app.deals.store import StoredDeal, deal
from app.events import facts
from app.events.log import NewEvent, Reader, insertion
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.vocabulary import TransitionKind


async def record(
    db: Reader,
    found: StoredDeal,
    move: rules.Move,
    actor_id: UUID,
    at: datetime,
    *,
    automatic: bool = False,
    transition_id: UUID | None = None,
    alongside: Sequence[Callable[[Sql], Sql]] = (),
) -> UUID | None:
    """The transition's id; None when the deal is no longer at the version that was decided on.

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
    statement = sql(
        "WITH moved AS ("
        " UPDATE opportunity SET stage_id = {}::uuid, status = {}::text, entered_stage_at = {}::timestamptz,"
        " closed_at = {}::timestamptz, close_reason = {}::text, version = version + 1, updated_at = {}::timestamptz"
        " WHERE id = {}::uuid AND version = {}::integer AND {} RETURNING id"
        "), written AS ("
        " INSERT INTO stage_transition (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at, actor_id,"
        " reason, automatic, overridden, seconds_in_previous_stage)"
        " SELECT {}::uuid, id,"
        " 1 + coalesce((SELECT max(t.seq) FROM stage_transition t WHERE t.opportunity_id = moved.id), 0),"
        " {}::uuid, {}::uuid, {}::text, {}::timestamptz, {}::uuid, {}::text, {}::boolean, {}::boolean, {}::bigint"
        " FROM moved RETURNING id"
        "), logged AS ({}), audited AS ({}){} SELECT id FROM written",
        move.to_stage.id,
        move.status.value,
        at,
        move.closed_at,
        move.close_reason,
        at,
        found.id,
        found.version,
        TRUE if isinstance(db, Transaction) else gate(),
        transition_id,
        move.from_stage.id,
        move.to_stage.id,
        move.kind.value,
        at,
        actor_id,
        move.reason,
        automatic,
        move.overridden,
        move.seconds_in_previous_stage,
        insertion(event, sql("written")),
        audit.insertion(_entry(event, move), sql("written")),
        joined("", (sql(f", alongside_{n} AS ({{}})", more(sql("written"))) for n, more in enumerate(alongside))),
    ).statement()
    row = await db.fetchrow(statement.text, *statement.arguments({}))
    return None if row is None else transition_id


def _entry(event: NewEvent, move: rules.Move) -> audit.Entry:
    detail = {**event.payload, "overridden": True} if move.overridden else event.payload
    return audit.Entry(event.type.value, event.actor_id, f"opp_{event.opportunity_id}", detail)


async def move_on(tx: Transaction, viewer: Viewer, opportunity_id: UUID, at: datetime) -> UUID | None:
    """Let the deal advance by itself if its stage is flagged for it and nothing keeps it there any more.

    To be called in the transaction of the change that may have met the last criterion. One step at most: what the next
    stage asks for has not been looked at by anybody yet.
    """
    found = await deal(tx, viewer, opportunity_id, lock=True)
    if found is None:
        return None
    target = rules.auto_advance(found.as_deal(at), found.play.stages)
    if target is None:
        return None
    move = rules.Move(
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
    return await record(tx, found, move, viewer.user_id, at, automatic=True)
