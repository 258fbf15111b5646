"""Keeping the rules' answers: the same advice on the same state stays the same action, what applies no more expires.

Whoever changes the answer of a deal holds the deal's `lock` until the transaction ends. What was shown is noted without
it (`app.recommendations.shown`): so that neither waits for the other, rows of several deals are locked in one order, by
`opportunity_id` and by the action's `id`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction
from app.models.columns import new_id
from app.recommendations.ending import ending
from app.recommendations.enrichment import Enrichment, decide
from app.recommendations.facts import Gathered
from app.recommendations.languages import OWN, TO_CONFIRM, in_language, others, proposals, words
from app.recommendations.rank import rank_among_deals, worth
from app.recommendations.readings import plain
from app.recommendations.standing import LIVE
from app.recommendations.wording import WORDING, shown
from app.settings import settings
from app.vocabulary import ActionStatus, EnrichmentState, EventType, GuidanceSource
from guidance import facts as known
from guidance.actions import Candidate
from guidance.composition import Composition, composed
from guidance.confirmers import for_those_asked
from guidance.drawing import Placed, drawn, is_held_out, undrawn
from guidance.ranking import Ranked
from guidance.recommend import Recommended
from guidance.sleeping import wakes
from guidance.staleness import stepped_back

FRESH_FOR = timedelta(hours=1)
"""Days go by although nobody changes the deal."""
MOST = 20
"""Actions kept for a deal."""

_LOCK = """
SELECT pg_advisory_xact_lock(k) FROM (
  SELECT hashtextextended(id::text, 7321) AS k FROM unnest($1::uuid[]) AS id ORDER BY 1) AS keys
"""
_HELD = f"""
SELECT r.opportunity_id, r.opportunity_version, r.state, r.basis_at, r.source, r.enrichment, r.enrichment_at,
  r.failure, r.attempts, r.retry_at, r.languages, r.wording,
  (SELECT jsonb_agg(to_jsonb(n)) FROM next_best_action n
   WHERE n.opportunity_id = r.opportunity_id AND n.status IN {LIVE}) AS actions
FROM recommendation r WHERE r.opportunity_id = ANY ($1::uuid[])
"""  # noqa: S608 (the text is constant)

_ANSWER = (
    "opportunity_version, state, basis_at, generated_at, fresh_until, source, enrichment, enrichment_at, failure,"
    " attempts, retry_at, readings, slate, languages, wording"
)
WORDS = ("title", "rationale", "draft", "draft_reader", "check_before_sending", "translations")
TOLD = ("title", "rationale", "draft", "draft_reader", "check_before_sending", "evidence", "composition")
PLACE = ("position", "undrawn_position", "propensity")
CHOSEN = ("score", "source", "prompt_version", "prompt_hash", "model", "composition")
"""What a language model may have chosen, besides the order."""
PLACED = ("rank",)
FACTS = ("kind", "urgency", "due_at", "effort_minutes", "evidence", "criterion_id", "activity_id",
         "target_stage_id", "task_id", "question_key", "reading", "factors", "ground")  # fmt: skip
TIMES = ("due_at", "created_at")
_ORIGIN = "id, opportunity_id, key, status, stage_key, playbook_key, partner_id, created_at"
_MUTABLE = ", ".join((*WORDS, *PLACE, *CHOSEN, *PLACED, *FACTS))


_STAYS_ENDED = (
    "CASE WHEN recommendation.fresh_until BETWEEN excluded.basis_at AND clock_timestamp()"
    " THEN recommendation.fresh_until ELSE excluded.fresh_until END"
)
"""Whoever ended its time after these facts were read knew more than they tell."""


def _set(columns: str) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ") if name != "fresh_until")


_WRITE = f"""
WITH answer AS (
  INSERT INTO recommendation (id, opportunity_id, {_ANSWER})
  SELECT gen_random_uuid(), opportunity_id, {_ANSWER} FROM jsonb_to_recordset($1::text::jsonb) AS r(
    opportunity_id uuid, opportunity_version int, state text, basis_at timestamptz, generated_at timestamptz,
    fresh_until timestamptz, source text, enrichment text, enrichment_at timestamptz, failure text, attempts int,
    retry_at timestamptz, readings jsonb, slate text, languages text[], wording text)
  ORDER BY opportunity_id
  ON CONFLICT (opportunity_id) DO UPDATE SET {_set(_ANSWER)}, fresh_until = {_STAYS_ENDED}
), held AS (
  SELECT count(*) FROM (
    SELECT n.id FROM next_best_action n WHERE n.id IN (
      SELECT x.id FROM jsonb_to_recordset($2::text::jsonb || $3::text::jsonb) AS x(id uuid))
    ORDER BY n.id FOR NO KEY UPDATE OF n) AS rows
), ended AS (
  UPDATE next_best_action n SET status = e.status, fulfilled = e.fulfilled, ended_at = e.ended_at
  FROM jsonb_to_recordset($2::text::jsonb) AS e(id uuid, status text, fulfilled boolean, ended_at timestamptz), held
  WHERE n.id = e.id
), action AS (
  INSERT INTO next_best_action ({_ORIGIN}, {_MUTABLE})
  SELECT {_ORIGIN}, {_MUTABLE} FROM jsonb_to_recordset($3::text::jsonb) AS a(
    id uuid, opportunity_id uuid, key text, status text, stage_key text, playbook_key text, partner_id uuid,
    created_at timestamptz, title text, rationale text, draft text, draft_reader text, position int, source text,
    prompt_version text, prompt_hash text, model text, kind text, score float8, rank float8, urgency text,
    due_at timestamptz, effort_minutes int, evidence jsonb, criterion_id uuid, activity_id uuid, target_stage_id uuid,
    task_id uuid, question_key text, check_before_sending boolean, composition jsonb, reading text, translations jsonb,
    undrawn_position int, propensity float8, factors jsonb, ground text), held
  ON CONFLICT (id) DO UPDATE SET partner_id = excluded.partner_id, {_set(_MUTABLE)}
), unlinked AS (
  DELETE FROM action_content c USING jsonb_to_recordset($4::text::jsonb) AS l(action_id uuid, content_ids uuid[])
  WHERE c.action_id = l.action_id AND c.content_id <> ALL (l.content_ids)
), linked AS (
  INSERT INTO action_content (id, action_id, content_id, position)
  SELECT gen_random_uuid(), l.action_id, x.content_id, x.n - 1
  FROM jsonb_to_recordset($4::text::jsonb) AS l(action_id uuid, content_ids uuid[]),
    unnest(l.content_ids) WITH ORDINALITY AS x(content_id, n)
  ON CONFLICT (action_id, content_id) DO UPDATE SET position = excluded.position
)
INSERT INTO event (type, subject_type, subject_id, opportunity_id, payload)
SELECT '{EventType.RECOMMENDATIONS_UPDATED}', 'opportunity', opportunity_id, opportunity_id,
  jsonb_build_object('enrichment', enrichment)
FROM jsonb_to_recordset($5::text::jsonb) AS v(opportunity_id uuid, enrichment text)
"""  # noqa: S608 (the texts are constants)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """The stored answer of a deal whose lock is held. `live`: its open actions by key. `languages`: in which they are
    told; `wording`: by which sentences."""

    version: int
    state: str
    basis_at: datetime
    source: GuidanceSource
    enrichment: Enrichment
    live: Mapping[str, Row]
    languages: frozenset[str]
    wording: str

    @property
    def was_asked(self) -> bool:
        """Whether a model was, or is being, asked about the deal: which it is where people read its advice."""
        return self.enrichment.state is not EnrichmentState.NOT_CONFIGURED


@dataclass(slots=True)
class Changes:
    """What one statement writes, and whose model is to be asked."""

    answers: list[Row]
    ended: list[Row]
    actions: list[Row]
    links: list[Row]
    events: list[Row]
    asked: list[UUID]

    @classmethod
    def none(cls) -> "Changes":
        return cls([], [], [], [], [], [])


async def lock(tx: Transaction, ids: Sequence[UUID]) -> None:
    await tx.fetch(_LOCK, list(ids))


async def held(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Held]:
    """As they are now that they are locked."""
    return {row["opportunity_id"]: _held(row) for row in await tx.fetch(_HELD, list(ids))}


async def write(tx: Transaction, changes: Changes) -> None:
    parts = (changes.answers, changes.ended, changes.actions, changes.links, changes.events)
    await tx.execute(_WRITE, *(orjson.dumps(part, default=str).decode() for part in parts))


def changes_for(
    gathered: Gathered,
    made: Recommended,
    before: Held | None,
    into: Changes,
    *,
    at: datetime,
    configured: bool,
    wanted: bool,
    told: bool = False,
) -> None:
    """Add what the rules' new answer changes for one deal. `told`: a first answer is an event, too."""
    same = before is not None and before.state == made.state
    enrichment, ask = decide(
        before.enrichment if before else None,
        same_state=same,
        worth_asking=bool(made.actions),
        configured=configured,
        at=at,
        wanted=wanted,
    )
    keep = same and enrichment.state is EnrichmentState.DONE
    live = before.live if before else {}
    ranked = [_kept(one, live.get(one.candidate.key), keep, gathered, at) for one in made.actions[:MOST]]
    if keep:
        ranked.sort(key=lambda one: _chosen_place(live.get(one.candidate.key)))
    there = placed(ranked, gathered)
    ranked = [one.ranked for one in there]
    rows = [row_of(one, n, gathered, live.get(one.ranked.candidate.key), keep, at) for n, one in enumerate(there)]
    rank_among_deals(rows, worth_of(gathered), due_among(made.actions))
    translate(rows, by_shipped_rules(made, gathered), gathered, at, before)
    gone = [row for key, row in live.items() if key not in {one.candidate.key for one in ranked}]
    source = before.source if keep and before else GuidanceSource.RULES
    into.answers.append(answer_row(gathered, made.state, enrichment, source, at, rows))
    into.ended += [ending(row, gathered, made, at) for row in gone]
    into.actions += [row for row in rows if live.get(row["key"], {}) | row != live.get(row["key"])]
    if not keep or before is None:
        into.links += [link_row(row["id"], one, gathered) for row, one in zip(rows, ranked, strict=True)]
    changed = before and (gone or _stands_otherwise(before, enrichment) or _reads_otherwise(rows, live))
    if changed or (told and before is None and rows):
        into.events.append({"opportunity_id": gathered.deal.id, "enrichment": enrichment.state})
    if ask:
        into.asked.append(gathered.deal.id)


def worth_of(gathered: Gathered) -> float:
    return worth(gathered.facts.deal.amount, gathered.facts.deal.currency)


def due_among(actions: Sequence[Ranked]) -> frozenset[str]:
    """The keys of what is critical and holds the deal up."""
    return frozenset(one.candidate.key for one in actions if one.factors is not None and one.factors.due)


def by_shipped_rules(made: Recommended, gathered: Gathered) -> Mapping[str, Candidate]:
    """By key. The vendor's own rules are told as the vendor wrote them."""
    own = {rule.id for rule in gathered.custom_rules}
    found = (ranked.candidate for ranked in made.actions)
    return {one.key: one for one in found if own.isdisjoint(one.occasion)}


def translate(
    rows: Sequence[Row], there: Mapping[str, Candidate], gathered: Gathered, at: datetime, before: Held | None
) -> None:
    """Add what the actions of `there` are called in other languages, or keep what they were called where they say the
    same as before."""
    said: dict[str, dict[str, Any]] = {row["key"]: {} for row in rows}
    _translate_into(said, OWN, rows, there, gathered.facts, at)
    if before is not None and _says_the_same(rows, said, gathered, before):
        for row in rows:
            row["translations"] = before.live[row["key"]]["translations"]
        return
    for language in others(gathered.facts, gathered.languages):
        facts = in_language(
            gathered.facts, language, gathered.deal.play, gathered.board, gathered.pieces_in.get(language, {})
        )
        _translate_into(said, language, rows, proposals(facts, at), facts, at)
    for row in rows:
        row["translations"] = said[row["key"]] or None


def _says_the_same(
    rows: Sequence[Row], said: Mapping[str, Mapping[str, Any]], gathered: Gathered, before: Held
) -> bool:
    """Sentence by sentence in the language that they are stored in, and so in every other: by the same catalogues, and
    the same texts of playbook and contents."""
    if before.languages != gathered.languages or before.wording != WORDING:
        return False
    if gathered.texts_changed_at >= before.basis_at:
        return False
    return all(
        (old := before.live.get(row["key"])) is not None
        and all(row[name] == old[name] for name in TOLD)
        and _to_those_asked(said[row["key"]]) == _to_those_asked(old["translations"] or {})
        for row in rows
    )


def _to_those_asked(said: Mapping[str, Any]) -> tuple[Any, Any]:
    words = said.get(TO_CONFIRM, {})
    return words.get("by"), words.get(OWN)


def _translate_into(
    said: dict[str, dict[str, Any]],
    language: str,
    rows: Sequence[Row],
    there: Mapping[str, Candidate],
    facts: known.Facts,
    at: datetime,
) -> None:
    for row in rows:
        if (one := there.get(row["key"])) is None:
            continue
        choice = Composition.from_plain(row["composition"]) if row["composition"] else None
        if language != OWN:
            said[row["key"]][language] = words(one, choice, facts, at)
        if (asked := for_those_asked(one, facts)) is not None:
            by, theirs = asked
            heard = said[row["key"]].setdefault(TO_CONFIRM, {"by": by.value})
            heard[language] = {**words(theirs, choice, facts, at), "evidence": None}


def _chosen_place(old: Row | None) -> int:
    """Where a language model put it, before it stepped back and lots were drawn."""
    if old is None:
        return MOST
    return int(old["position"] if old["undrawn_position"] is None else old["undrawn_position"])


def placed(order: Sequence[Ranked], gathered: Gathered) -> tuple[Placed, ...]:
    """In the order in which they are shown: what is ignored steps back, and lots are drawn where the deal is held out.
    `order`: best first, by the rules or by a model."""
    ranks, deal = {one.candidate.key: rank for rank, one in enumerate(order)}, str(gathered.deal.id)
    shown = stepped_back(order, lambda one: one.factors.steps if one.factors else 0)
    there = drawn(shown, deal) if is_held_out(deal, settings().guidance_holdout) else undrawn(shown)
    return tuple(replace(one, rank=ranks[one.ranked.candidate.key]) for one in there)


def slate_of(rows: Sequence[Row]) -> str | None:
    """The same as long as the same actions stand in the same places, as likely and by the same choice."""
    names = ("key", "propensity", "prompt_version", "model")
    order = sorted(rows, key=lambda row: (row["position"], str(row["id"])))
    return hashlib.sha256(orjson.dumps([[row[name] for name in names] for row in order])).hexdigest() if rows else None


def _fresh_until(gathered: Gathered, at: datetime) -> datetime:
    """An hour from now, or when a snoozed action comes back."""
    times = (wakes(one.until, one.at) for one in gathered.facts.responses if one.until is not None)
    return min((at + FRESH_FOR, *(one for one in times if one > at)))


def answer_row(
    gathered: Gathered, state: str, enrichment: Enrichment, source: GuidanceSource, at: datetime, rows: Sequence[Row]
) -> Row:
    return {
        "opportunity_id": gathered.deal.id,
        "opportunity_version": gathered.version,
        "state": state,
        "basis_at": gathered.basis_at,
        "generated_at": at,
        "fresh_until": _fresh_until(gathered, at),
        "source": source,
        "enrichment": enrichment.state,
        "enrichment_at": enrichment.at,
        "failure": enrichment.failure,
        "attempts": enrichment.attempts,
        "retry_at": enrichment.retry_at,
        "readings": plain(gathered.facts.readings),
        "slate": slate_of(rows),
        "languages": sorted(gathered.languages),
        "wording": WORDING,
    }


def link_row(action_id: Any, ranked: Ranked, gathered: Gathered) -> Row:
    known = [gathered.pieces[key].id for key in ranked.candidate.target.content_ids if key in gathered.pieces]
    return {"action_id": action_id, "content_ids": known}


def _kept(ranked: Ranked, old: Row | None, keep: bool, gathered: Gathered, at: datetime) -> Ranked:
    """As a model composed it from the facts as they were, composed again from those of now."""
    if not keep or old is None or old["composition"] is None:
        return ranked
    choice = Composition.from_plain(old["composition"])
    return replace(ranked, candidate=composed(ranked.candidate, choice, gathered.facts, at))


def row_of(one: Placed, place: int, gathered: Gathered, old: Row | None, keep: bool, at: datetime) -> Row:
    """`keep`: in the order that a model chose, and as its choice."""
    row: Row = {
        "id": str(new_id()),
        "opportunity_id": str(gathered.deal.id),
        "key": one.ranked.candidate.key,
        "status": ActionStatus.PROPOSED.value,
        "stage_key": gathered.deal.stage.key,
        "playbook_key": gathered.deal.play.key,
        "partner_id": gathered.deal.partner_id and str(gathered.deal.partner_id),
        "created_at": at,
        **shown(one, place, gathered),
    }
    if old is None:
        return row
    row |= {name: old[name] for name in _ORIGIN.split(", ") if name != "partner_id"}
    if keep:
        row |= {name: old[name] for name in CHOSEN}
    if old["urgency"] == row["urgency"] and old["due_at"] is not None and row["due_at"] is not None:
        row["due_at"] = min(old["due_at"], row["due_at"])  # a date that recedes every day would never come
    return row


def _stands_otherwise(before: Held, now: Enrichment) -> bool:
    """That a model is asked for the first time, whoever reads the advice finds; what comes of it is told."""
    first_asked = not before.was_asked and now.state is EnrichmentState.PENDING
    return before.enrichment.state is not now.state and not first_asked


def _reads_otherwise(rows: Sequence[Row], live: Mapping[str, Row]) -> bool:
    shown = ("title", "rationale", "draft", "position", "urgency")
    return any(row["key"] not in live or any(row[n] != live[row["key"]][n] for n in shown) for row in rows)


def _held(row: Mapping[str, Any]) -> Held:
    actions = orjson.loads(row["actions"]) if row["actions"] else []
    return Held(
        version=row["opportunity_version"],
        state=row["state"],
        basis_at=row["basis_at"],
        source=GuidanceSource(row["source"]),
        enrichment=Enrichment(
            EnrichmentState(row["enrichment"]), row["enrichment_at"], row["attempts"], row["retry_at"], row["failure"]
        ),
        languages=frozenset(row["languages"]),
        wording=row["wording"],
        live={action["key"]: action | {name: _in_utc(action[name]) for name in TIMES} for action in actions},
    )


def _in_utc(text: str | None) -> str | None:
    """PostgreSQL writes times in the session's zone."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC).isoformat()
