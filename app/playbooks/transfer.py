"""Moving one deal to another playbook, or to the version in force of its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import Slot, sql
from app.deals.advance import LONGEST_REASON
from app.deals.editing import Changed, editable, within
from app.deals.fields import text_problem
from app.deals.plays import Play, plays
from app.deals.store import StoredDeal
from app.events import append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.nouns.playbook import takes_deals_of
from app.outcomes import Faults, Refused, refused
from app.playbooks import carrying
from app.playbooks.carried import carrying_statement, pairs_as_rows
from app.playbooks.carrying import Requirement
from app.playbooks.placing import StageProfile, counterpart, kind_of_transfer
from app.vocabulary import ErrorCode, OpportunityStatus, Permission, StageKind, TransitionKind

_OWN_KEY = "SELECT p.key FROM opportunity o JOIN playbook p ON p.id = o.playbook_id WHERE o.id = $1"
# Before the deal is locked, as whoever publishes does: so neither waits for the other.
_TARGET = """
SELECT p.id, p.key, p.updated_at FROM playbook p WHERE p.key = $1 AND p.status = 'PUBLISHED' FOR KEY SHARE
"""
_PARTNER, _PLAYBOOK = Slot("partner"), Slot("playbook")
_TAKES = sql("SELECT FROM playbook p WHERE p.id = {} AND {}", _PLAYBOOK, takes_deals_of(sql("p"), _PARTNER)).statement()
_STAGES = """
SELECT id, playbook_id, key, name, kind, aliases, win_probability FROM stage
WHERE playbook_id = ANY ($1::uuid[]) ORDER BY kind <> 'OPEN', position, id
"""
_OF_THE_DEAL = "t.opportunity_id = $2"
_MARKS = carrying_statement("criterion_mark", "criterion", _OF_THE_DEAL)
_ACTIVITIES = carrying_statement("opportunity_activity", "activity", _OF_THE_DEAL)
_MOVE = """
UPDATE opportunity SET playbook_id = $2, stage_id = $3, entered_stage_at = $4, updated_at = $4, version = version + 1
WHERE id = $1
"""
_TRANSITION = """
INSERT INTO stage_transition (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at, actor_id, reason,
  seconds_in_previous_stage)
SELECT $1, $2, 1 + coalesce(max(t.seq), 0), $3, $4, $5, $6, $7, $8, $9 FROM stage_transition t
WHERE t.opportunity_id = $2
"""


async def move_playbook(
    viewer: Viewer,
    opportunity_id: UUID,
    *,
    playbook_key: str | None = None,
    stage_key: str | None = None,
    reason: str | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """Move an open deal to an open stage of the published version of a playbook, its own if none is named, and there to
    the stage that stands for its own if none is named. No criterion blocks it; what people said of the deal goes along
    to what asks the same (see `carrying`). The transition's kind is that of the move from the stage that stands for the
    deal's own, and where there is none, from the last one that is no likelier to win."""
    faults = Faults()
    if viewer.may(Permission.OVERRIDE) and not (reason or "").strip():
        message = "Say why the deal moves to another playbook: a reason is required."
        faults.note(refused(ErrorCode.INVALID, message, "reason"))
    faults.note(text_problem(reason, LONGEST_REASON, "reason"))
    async with within(tx) as own:
        target = await _target(own, opportunity_id, playbook_key)
        found = await editable(own, viewer, opportunity_id, expected_version, Permission.OVERRIDE)
        if isinstance(found, Refused):
            return faults.beside(found)
        if refusal := _impossible(found, target, playbook_key):
            return faults.beside(refusal)
        assert target is not None
        slots = {_PLAYBOOK.name: target["id"], _PARTNER.name: found.partner_id}
        if not await own.fetch(_TAKES.text, *_TAKES.arguments(slots)):
            message = f"“{target['key']}” isn't for the deal's partner: let it be, or name another playbook."
            return faults.beside(refused(ErrorCode.INVALID, message, "playbookKey"))
        stages = await _stages(own, found.play.id, target["id"])
        stands = next(place for place in stages[found.play.id] if place.id == found.stage.id)
        to = _chosen(stands, stages[target["id"]], stage_key)
        faults.note(to)
        if isinstance(to, Refused) or faults:
            return faults.refused()
        play = (await plays(own, [(target["id"], target["updated_at"])]))[target["id"]]
        await _carry(own, found, play, stages, {stands.key: to.key})
        when = at or max(datetime.now(UTC), found.entered_stage_at)  # another server's clock may be ahead
        kind = kind_of_transfer(stands, to, stages[play.id])
        return await _record(own, viewer, found, play, to, kind, (reason or "").strip(), when)


async def _target(tx: Transaction, opportunity_id: UUID, key: str | None) -> asyncpg.Record | None:
    if key is None:
        own = await tx.fetchrow(_OWN_KEY, opportunity_id)
        key = own and own["key"]
    return None if key is None or "\0" in key else await tx.fetchrow(_TARGET, key)


def _impossible(found: StoredDeal, target: asyncpg.Record | None, key: str | None) -> Refused | None:
    if found.status is not OpportunityStatus.OPEN:
        message = "The deal is closed, and stays where it was closed; have it reopened first."
        return refused(ErrorCode.INVALID, message, "opportunityId")
    if target is None:
        named = (key or found.play.key)[:80]
        message = f"No playbook “{named}” is in force: publish it, or name another one."
        return refused(ErrorCode.NOT_FOUND, message, "playbookKey")
    if target["id"] == found.play.id:
        message = (
            f"The deal is on “{found.play.key}”, version {found.play.version}, already; move it by `advanceStage`."
        )
        return refused(ErrorCode.INVALID, message, "playbookKey")
    return None


Stages = Mapping[UUID, Sequence[StageProfile]]
"""In order, by playbook."""


async def _stages(tx: Transaction, *playbook_ids: UUID) -> Stages:
    found: dict[UUID, list[StageProfile]] = {id: [] for id in playbook_ids}
    for row in await tx.fetch(_STAGES, list(playbook_ids)):
        kind, aliases = StageKind(row["kind"]), tuple(row["aliases"])
        place = StageProfile(row["id"], row["key"], row["name"], kind, aliases, row["win_probability"])
        found[row["playbook_id"]].append(place)
    return found


def _chosen(own: StageProfile, places: Sequence[StageProfile], key: str | None) -> StageProfile | Refused:
    if key is None:
        place = counterpart(own, places, {}).open_stage
    else:
        place = next((one for one in places if one.key == key and one.kind is StageKind.OPEN), None)
    if place is not None:
        return place
    known = ", ".join(one.key for one in places if one.kind is StageKind.OPEN)
    said = f"has no open stage “{key[:80]}”" if key is not None else f"has none that stands for “{own.key}”"
    return refused(ErrorCode.INVALID, f"The playbook {said}; its open stages are {known}.", "stageKey")


async def _carry(tx: Transaction, found: StoredDeal, play: Play, stages: Stages, mapping: Mapping[str, str]) -> None:
    pairs = ((place.id, counterpart(place, stages[play.id], mapping).stage) for place in stages[found.play.id])
    counterparts = {id: place.id for id, place in pairs if place is not None}
    elsewhere = play.key != found.play.key
    criteria = carrying.criteria(_criteria(found.play), _criteria(play), counterparts, anywhere=elsewhere)
    activities = carrying.activities(_activities(found.play), _activities(play), counterparts)
    await tx.execute(_MARKS, pairs_as_rows(criteria), found.id)
    await tx.execute(_ACTIVITIES, pairs_as_rows(activities), found.id)


def _criteria(play: Play) -> list[Requirement]:
    return [
        Requirement(one.id, stage.id, one.key, one.description, one.expression is not None)
        for stage in play.stages
        for one in (*stage.entry, *stage.exit)
    ]


def _activities(play: Play) -> list[Requirement]:
    return [Requirement(one.id, stage.id, one.key, one.name) for stage in play.stages for one in stage.activities]


async def _record(
    tx: Transaction,
    viewer: Viewer,
    found: StoredDeal,
    play: Play,
    to: StageProfile,
    kind: TransitionKind,
    reason: str,
    at: datetime,
) -> Changed:
    transition = new_id()
    stayed = max(0, int((at - found.entered_stage_at).total_seconds()))
    await tx.execute(_MOVE, found.id, play.id, to.id, at)
    await tx.execute(
        _TRANSITION, transition, found.id, found.stage.id, to.id, kind.value, at, viewer.user_id, reason, stayed
    )
    moved = facts.stage_changed(
        found.id,
        transition_id=transition,
        kind=kind,
        from_stage_key=found.stage.key,
        to_stage_key=to.key,
        playbook_key=play.key,
        partner_id=found.partner_id,
        actor_id=viewer.user_id,
        from_playbook_key=found.play.key,
    )
    await append(tx, moved)
    return Changed(found.id, transition)
