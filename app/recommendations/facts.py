"""Everything that the rules may know of deals, gathered for one or for many in the same few statements.

Statements: the deals, what lies around them, and, only when they are seen for the first time or have changed since:
the deals' playbooks (two), their stages' content, the vendor's rules, and once a minute what was learned.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson

from app.database import database
from app.deals import rules
from app.deals.queries import stall_after_days
from app.deals.settling import settle
from app.deals.stalling import is_stalled
from app.deals.store import StoredDeal, deals
from app.events.log import Reader
from app.events.parts import since
from app.identity.system_viewer import SYSTEM_VIEWER
from app.models.registrations import ALIVE
from app.recommendations.board import Board, boards
from app.recommendations.contents import Piece, Pieces, Shelf, pieces
from app.recommendations.custom_rules import rules_in_force
from app.recommendations.knowledge import Knowledge, distribution, knowledge
from app.recommendations.languages import catalogues
from app.recommendations.predicted import predicted
from app.recommendations.readings import with_readings
from app.recommendations.standing import LIVE
from app.settings import settings
from app.vocabulary import ActionStatus, ActivityStatus, StageKind
from guidance import facts as known
from guidance.actions import ActionKind
from guidance.history import NO_DISTRIBUTION, Distribution
from guidance.ranking import Learning
from guidance.rules.custom import CustomRule

ANYONE = rules.Actor(may_advance=True, may_override=False, may_reopen=False)
"""Advice is for the partner's people, whoever looks at it."""

RESPONSES = 100
MOVES = 20
TASKS = 20
"""The latest ones; of tasks those that are due first."""
CONTACTS = frozenset({ActionKind.INTRODUCE, ActionKind.RE_ENGAGE, ActionKind.REQUALIFY, ActionKind.SHARE_CONTENT})
"""Whoever has completed these has been in touch with the customer."""
BY_THE_RECORD = frozenset(
    {ActionKind.COMPLETE_CRITERION, ActionKind.DO_ACTIVITY, ActionKind.DO_TASK, ActionKind.PREPARE_NEXT_STAGE}
)
"""Whether these are done, the deal itself says: a criterion that is unmet again may be advised again, and so may a
task that was opened again."""

_AROUND = f"""
SELECT o.id, o.version, o.created_at, g.partner_kind, g.industries, g.channel_manager_id, u.language,
  {stall_after_days("o", "s")} AS stall_after_days, h.samples,
  h.points::text AS points, last.at AS last_change_at, came.at AS came_at, moved.moves,
  (SELECT jsonb_agg(p.buying_role ORDER BY l.position, l.id) FROM opportunity_contact l
   JOIN contact p ON p.id = l.contact_id AND p.account_id = o.account_id
     AND (p.partner_id IS NULL OR p.partner_id = o.partner_id)
   WHERE l.opportunity_id = o.id) AS buying_roles, clock_timestamp() AS basis_at,
  (SELECT max(said.created_at) FROM comment said WHERE said.opportunity_id = o.id AND said.removed_at IS NULL
     AND said.audience = 'EVERYONE_ON_IT' AND (said.partner_id IS NULL OR said.partner_id = o.partner_id))
    AS commented_at,
  EXISTS (SELECT FROM registration_policy f JOIN playbook b ON b.key = f.playbook_key WHERE b.id = o.playbook_id
    AND (f.minimum_amount IS NULL OR (o.currency = f.minimum_currency AND o.amount >= f.minimum_amount)))
    AS may_be_registered,
  (SELECT jsonb_build_array(d.protected_until) FROM deal_registration d
   WHERE d.opportunity_id = o.id AND d.partner_id = o.partner_id AND d.{ALIVE}) AS registration,
  (SELECT jsonb_agg(jsonb_build_array(t.id, t.title, t.due_at, t.urgency,
      CASE WHEN t.assignee_id IS NULL THEN 'NOBODY' WHEN t.assignee_id = o.owner_id THEN 'OWNER' ELSE 'ANOTHER' END)
    ORDER BY t.due_at, t.id) FROM (
     SELECT k.* FROM task k WHERE k.opportunity_id = o.id AND k.status IN ('OPEN', 'IN_PROGRESS')
       AND k.action_id IS NULL AND k.due_at < $2 AND k.organization_id = coalesce(o.partner_id, k.from_organization_id)
       AND NOT EXISTS (SELECT FROM activity y WHERE y.id = k.activity_id AND y.stage_id = o.stage_id)
     ORDER BY k.due_at, k.id LIMIT {TASKS}) t)::text AS tasks,
  (SELECT array_agg(k.id) FROM task k JOIN next_best_action n ON n.task_id = k.id AND n.status IN {LIVE}
   WHERE k.opportunity_id = o.id AND k.status = 'DONE') AS tasks_done,
  (SELECT jsonb_build_array(d.basis, d.win_probability, d.usual, d.reasons, d.best_change, d.trend)
   FROM prediction d WHERE d.id = o.id)::text AS prediction,
  (SELECT max(c.updated_at) FROM content c) AS content_changed_at,
  (SELECT max(r.updated_at) FROM guidance_rule r) AS rules_changed_at,
  (SELECT array_agg(DISTINCT y.language) FROM user_account y WHERE y.organization_id = o.partner_id AND y.active)
    AS partner_reads,
  (SELECT array_agg(DISTINCT y.language) FROM user_account y JOIN organization v ON v.id = y.organization_id
   WHERE v.kind = 'VENDOR' AND y.active) AS vendor_reads,
  (SELECT r.readings::text FROM recommendation r WHERE r.opportunity_id = o.id) AS readings,
  (SELECT jsonb_agg(jsonb_build_array(x.kind, x.accepted, x.completed, x.dismissed, x.ignored))
   FROM action_outcome x WHERE x.partner_id = o.partner_id) AS outcomes,
  (SELECT jsonb_agg(jsonb_build_array(a.kind, a.key, a.status, a.response, a.shown_at, a.responded_at, a.ended_at,
                                      a.reason, a.ground, a.snoozed_until, a.contents)) FROM (
     SELECT n.*, (SELECT jsonb_agg(c.key) FROM action_content ac JOIN content c ON c.id = ac.content_id
                  WHERE ac.action_id = n.id AND n.status = 'COMPLETED') AS contents
     FROM next_best_action n WHERE n.opportunity_id = o.id AND n.partner_id IS NOT DISTINCT FROM o.partner_id
       AND (n.response IS NOT NULL OR n.status = 'EXPIRED')
     ORDER BY n.responded_at DESC NULLS LAST, n.id DESC LIMIT {RESPONSES}) a) AS responses,
  (SELECT jsonb_agg(jsonb_build_array(n.key, n.shown_at)) FROM next_best_action n
   WHERE n.opportunity_id = o.id AND n.partner_id IS NOT DISTINCT FROM o.partner_id
     AND n.status = 'PROPOSED' AND n.shown_at IS NOT NULL) AS seen
FROM opportunity o JOIN stage s ON s.id = o.stage_id
LEFT JOIN organization g ON g.id = o.partner_id LEFT JOIN user_account u ON u.id = o.owner_id
LEFT JOIN partner_history h ON h.partner_id = o.partner_id AND h.currency = o.currency
LEFT JOIN LATERAL (
  SELECT e.at FROM event e WHERE e.opportunity_id = o.id AND e.at >= {since("o.id")}
    AND e.type IN ('OPPORTUNITY_UPDATED', 'CRITERION_MARKED', 'ACTIVITY_COMPLETED')
    AND (e.partner_id IS NULL OR e.partner_id = o.partner_id)
    AND e.payload -> 'fields' IS DISTINCT FROM '["playbook"]'::jsonb
    AND e.payload -> 'fields' IS DISTINCT FROM '["playbook", "stage"]'::jsonb
  ORDER BY e.xid DESC, e.seq DESC LIMIT 1) last ON TRUE
LEFT JOIN LATERAL (
  SELECT max(v.at) AS at FROM handover v WHERE v.opportunity_id = o.id) came ON TRUE
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(t.kind, t.at, t.to_key, t.from_name, t.reason) ORDER BY t.seq) AS moves FROM (
    SELECT t.kind, t.at, t.seq, t.reason, f.name AS from_name, s.key AS to_key FROM stage_transition t
    JOIN stage f ON f.id = t.from_stage_id JOIN stage s ON s.id = t.to_stage_id
    WHERE t.opportunity_id = o.id ORDER BY t.seq DESC LIMIT {MOVES}) t) moved ON TRUE
WHERE o.id = ANY ($1::uuid[])
"""  # noqa: S608 (the text is constant)


@dataclass(frozen=True, slots=True)
class Gathered:
    """One deal's facts, and what it takes to turn advice back into rows. `version`: the deal's, all of whose facts are
    here; some may be of a later one. `basis_at`, on the database's clock, is when the facts were read; `pieces` are the
    contents that they speak of, by their id there; `pieces_in`: those that there are in other languages, by these.
    `tasks_done`: those that are done of which there is advice. `languages`: in which it is read; `texts_changed_at`:
    when the playbook or any content last changed."""

    deal: StoredDeal
    version: int
    facts: known.Facts
    board: Board
    pieces: Mapping[str, Piece]
    pieces_in: Mapping[str, Mapping[str, Piece]]
    learned: Learning
    custom_rules: Sequence[CustomRule]
    basis_at: datetime
    languages: frozenset[str]
    texts_changed_at: datetime
    tasks_done: frozenset[UUID] = frozenset()


async def gather(
    db: Reader, ids: Sequence[UUID], at: datetime, *, languages: frozenset[str] = frozenset()
) -> dict[UUID, Gathered]:
    """Of those among `ids` that exist, whoever may see them. `languages`: to be told in beside those of the readers."""
    around = {row["id"]: row for row in await db.fetch(_AROUND, list(ids), _end_of_day(at))}
    found = {id: deal for id, deal in (await deals(db, SYSTEM_VIEWER, ids)).items() if id in around}
    if not found:
        return {}
    await settle(found.values(), at)
    editions = {(deal.play.id, deal.row["play_updated_at"]): deal.play for deal in found.values()}
    by_playbook = await boards(db, editions)
    heard_in = {id: languages | catalogues(_read_by(around[id])) for id in found}
    shelves = {id: _shelves(deal, by_playbook[deal.play.id], around[id]) for id, deal in found.items()}
    some = next(iter(around.values()))
    stocked = await pieces(
        db,
        (one for id, both in shelves.items() for shelf in both if shelf for one in _told_in(shelf, heard_in[id])),
        source=database().url,
        changed_at=some["content_changed_at"],
    )
    own = await rules_in_force(db, some["rules_changed_at"])
    learned = await knowledge(db)
    partners: dict[UUID | None, Learning] = {}
    gathered = {}
    for id, deal in found.items():
        row = around[id]
        if deal.partner_id not in partners:
            partners[deal.partner_id] = learned.learned(deal.partner_id, row["outcomes"])
        here, coming = (stocked[shelf] if shelf else () for shelf in shelves[id])
        gathered[id] = Gathered(
            deal=deal,
            version=min(row["version"], deal.version),
            facts=_facts(deal, row, by_playbook[deal.play.id], here, coming, learned, at),
            board=by_playbook[deal.play.id],
            pieces={piece.key: piece for piece in (*coming, *here)},
            pieces_in={
                language: {
                    piece.key: piece
                    for shelf in shelves[id]
                    if shelf
                    for piece in stocked[replace(shelf, language=language)]
                }
                for language in heard_in[id]
            },
            learned=partners[deal.partner_id],
            custom_rules=own.get((deal.play.key, deal.stage.key), ()),
            basis_at=some["basis_at"],
            languages=heard_in[id],
            texts_changed_at=max(filter(None, (deal.row["play_updated_at"], some["content_changed_at"]))),
            tasks_done=frozenset(row["tasks_done"] or ()),
        )
    return gathered


def _end_of_day(at: datetime) -> datetime:
    """In UTC."""
    return datetime.combine(at.astimezone(UTC).date() + timedelta(days=1), time(), tzinfo=UTC)


def _shelves(deal: StoredDeal, board: Board, row: Mapping[str, Any]) -> tuple[Shelf, Shelf | None]:
    coming = board.coming[deal.stage.id]
    for_whom = (
        deal.partner_id is not None,
        deal.row["tier"],
        tuple(row["industries"] or ()),
        deal.row["industry"],
        row["language"] or settings().default_language,
    )
    return Shelf(deal.stage.id, *for_whom), Shelf(coming.id, *for_whom) if coming else None


def _read_by(row: Mapping[str, Any]) -> Iterator[str]:
    """The languages of the people who may see the deal."""
    yield from row["partner_reads"] or ()
    yield from row["vendor_reads"] or ()


def _told_in(shelf: Shelf, languages: Iterable[str]) -> Iterator[Shelf]:
    yield shelf
    yield from (replace(shelf, language=language) for language in languages)


def _facts(
    deal: StoredDeal,
    row: Mapping[str, Any],
    board: Board,
    here: Pieces,
    coming: Pieces,
    learned: Knowledge,
    at: datetime,
) -> known.Facts:
    state = deal.as_deal(at)
    after = board.coming[deal.stage.id]
    answers = orjson.loads(row["responses"]) if row["responses"] else []
    responses, moves = tuple(_responses(answers)), tuple(_moves(row))
    facts = known.Facts(
        playbook_key=deal.play.key,
        deal=_deal(deal, row, at),
        stage=board.stages[deal.stage.id],
        partner=_partner(deal, row),
        criteria=_criteria(deal.stage.exit, board, state.met),
        activities=tuple(_activity(one.id, board, state.done) for one in deal.stage.activities),
        contents=_contents(here, answers),
        next_stage=board.stages[after.id] if after else None,
        ahead=board.ahead[deal.stage.id],
        next_entry=_criteria(after.entry, board, state.met) if after else (),
        next_contents=_contents(coming, answers),
        questions=tuple(_question(asked, deal) for asked in board.questions),
        transitions=_transitions(deal, board, state),
        responses=responses,
        history=learned.history(deal.play.key, deal.stage.key, deal.partner_id),
        moves=moves,
        buying_roles=tuple(orjson.loads(row["buying_roles"]) if row["buying_roles"] else ()),
        last_contact_at=_last_contact(deal, row, moves, answers),
        last_change_at=row["last_change_at"],
        playbook_language=board.language,
        language=row["language"] or settings().default_language,
        changed=tuple(_changed(deal, board)),
        registration=_registration(row),
        tasks=tuple(_tasks(row)),
        prediction=predicted(row["prediction"]),
        seen=tuple(known.Seen(key, datetime.fromisoformat(at)) for key, at in orjson.loads(row["seen"] or "[]")),
    )
    return with_readings(facts, row["readings"])


def _deal(deal: StoredDeal, row: Mapping[str, Any], at: datetime) -> known.Deal:
    stored = deal.row
    return known.Deal(
        id=str(deal.id),
        name=stored["name"],
        account=known.Account(stored["account_name"], stored["industry"], stored["country"], stored["employees"]),
        entered_stage_at=deal.entered_stage_at,
        created_at=row["created_at"],
        status=known.DealStatus(deal.status),
        source=stored["source"],
        amount=stored["amount"],
        currency=stored["currency"],
        close_date=stored["expected_close_date"],
        owner=stored["owner_name"],
        next_step=stored["next_step"],
        notes=stored["notes"],
        stalled=is_stalled(deal.status, deal.stage.kind, deal.entered_stage_at, row["stall_after_days"], at),
        came_at=row["came_at"],
    )


def _registration(row: Mapping[str, Any]) -> known.Registration | None:
    if row["registration"]:
        [until] = orjson.loads(row["registration"])
        return known.Registration(is_begun=True, protected_until=datetime.fromisoformat(until) if until else None)
    return known.Registration(is_begun=False) if row["may_be_registered"] else None


def _tasks(row: Mapping[str, Any]) -> Iterator[known.Task]:
    for id, title, due_at, urgency, assignee in orjson.loads(row["tasks"]) if row["tasks"] else []:
        yield known.Task(id, title, datetime.fromisoformat(due_at), urgency, known.Assignee(assignee))


def _partner(deal: StoredDeal, row: Mapping[str, Any]) -> known.Partner | None:
    if deal.partner_id is None:
        return None
    usual: Distribution = NO_DISTRIBUTION
    if row["points"]:
        usual = distribution(row["samples"], orjson.loads(row["points"]))
    managed = row["channel_manager_id"] is not None
    return known.Partner(deal.row["partner_name"], deal.row["tier"], row["partner_kind"], usual, managed)


def _criteria(criteria: Sequence[rules.Criterion], board: Board, met: Container[UUID]) -> tuple[known.Criterion, ...]:
    return tuple(_met(board.criteria[one.id]) if one.id in met else board.criteria[one.id] for one in criteria)


def _met(one: known.Criterion) -> known.Criterion:
    return replace(one, met=True)


def _activity(id: UUID, board: Board, done: frozenset[UUID]) -> known.Activity:
    one = board.activities[id]
    return replace(one, done=True) if id in done else one


def _question(asked: known.Question, deal: StoredDeal) -> known.Question:
    given = deal.answers.get(asked.key)
    if given is None:
        return asked
    return known.Question(asked.key, asked.label, asked.prompt, given.answer, asked.due_position)


def _contents(stocked: Pieces, answers: list[list[Any]]) -> tuple[known.Content, ...]:
    """A piece is used when an action with it was completed."""
    used = {key for *_, keys in answers if keys for key in keys}
    return tuple(
        known.Content(
            p.key, p.key, p.title, p.kind, p.summary, used=p.key in used, reader=p.reader, language=p.language
        )
        for p in stocked
    )


def _transitions(deal: StoredDeal, board: Board, state: rules.Deal) -> tuple[known.Transition, ...]:
    """The moves that advice may lead to: onwards, which is winning from the last open stage, and giving up."""
    if deal.stage.kind is not StageKind.OPEN:
        return ()
    after = board.coming[deal.stage.id]
    ends = {stage.kind: stage for stage in reversed(deal.play.stages)}
    targets = [stage for stage in (after or ends.get(StageKind.WON), ends.get(StageKind.LOST)) if stage]
    return tuple(
        known.Transition(
            stage_id=move.stage.key,
            stage_key=move.stage.key,
            stage_name=move.stage.name,
            kind=known.MoveKind(move.kind),
            allowed=move.allowed,
            blockers=tuple(_blocker(blocker, board) for blocker in move.blockers),
        )
        for move in rules.transitions(state, deal.play.stages, ANYONE, targets)
    )


def _blocker(blocker: rules.Blocker, board: Board) -> known.Blocker:
    return known.Blocker(
        blocker.code,
        blocker.message,
        board.criteria[blocker.criterion_id].key if blocker.criterion_id else None,
        board.activities[blocker.activity_id].key if blocker.activity_id else None,
    )


def _changed(deal: StoredDeal, board: Board) -> Iterator[tuple[str, str]]:
    for mark in deal.marks.values():
        if mark.criterion_id in board.criteria:
            yield board.criteria[mark.criterion_id].id, mark.marked_at.isoformat()
    for record in deal.activities.values():
        if record.activity_id in board.activities:
            yield board.activities[record.activity_id].id, f"{record.status} {record.completed_at}"


def _responses(answers: list[list[Any]]) -> Iterator[known.Response]:
    for kind, key, status, response, shown_at, responded_at, ended_at, reason, ground, until, _contents in answers:
        answer = _answer(status, response, shown_at)
        if answer is None or (answer is known.Answer.COMPLETED and ActionKind(kind) in BY_THE_RECORD):
            continue
        at = datetime.fromisoformat(responded_at or ended_at)
        yield known.Response(kind, key, answer, at, reason, ground, until and date.fromisoformat(until))


def _answer(status: str, response: str | None, shown_at: str | None) -> known.Answer | None:
    if status in ("COMPLETED", "DISMISSED", "SNOOZED"):
        return known.Answer(status)
    if response is not None:
        return known.Answer.ACCEPTED
    return known.Answer.IGNORED if shown_at else None


def _moves(row: Mapping[str, Any]) -> Iterator[known.Move]:
    for kind, at, stage_key, from_name, reason in orjson.loads(row["moves"]) if row["moves"] else []:
        if kind in known.MoveKind.__members__:
            yield known.Move(known.MoveKind(kind), datetime.fromisoformat(at), stage_key, from_name or "", reason)


def _last_contact(
    deal: StoredDeal, row: Mapping[str, Any], moves: Sequence[known.Move], answers: Sequence[list[Any]]
) -> datetime | None:
    """By an activity, a move, a comment for all, or completed advice that takes it. What a former partner did isn’t
    told to this one."""
    came_at: datetime | None = row["came_at"]
    done = [one.completed_at for one in deal.activities.values() if one.status is ActivityStatus.COMPLETED]
    said = [
        datetime.fromisoformat(responded_at)
        for kind, _, status, _, _, responded_at, *_ in answers
        if status == ActionStatus.COMPLETED and kind in CONTACTS and responded_at
    ]
    times = [time for time in (*done, *said, row["commented_at"], *(move.at for move in moves)) if time is not None]
    return max((time for time in times if came_at is None or time > came_at), default=None)
