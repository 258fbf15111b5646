"""The job that lets a language model choose and compose among a deal's actions, once for each state of the deal.

Its answer lands only in the state that it was asked about. Whatever goes wrong leaves the rules' answer standing.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from app.database import Database, database
from app.events import wake
from app.jobs import jobs
from app.recommendations import calls, model
from app.recommendations.ending import ending
from app.recommendations.enrichment import Enrichment
from app.recommendations.facts import Gathered, gather
from app.recommendations.languages import proposals
from app.recommendations.model_choice import choice_for
from app.recommendations.rank import rank_among_deals
from app.recommendations.readings import texts_of
from app.recommendations.serve import ENRICH, advice, renew
from app.recommendations.store import (
    Changes,
    Held,
    Row,
    answer_row,
    due_among,
    held,
    link_row,
    lock,
    placed,
    row_of,
    translate,
    worth_of,
    write,
)
from app.settings import settings
from app.vocabulary import EnrichmentState, GuidanceSource
from guidance import Recommended
from guidance.sharpen import NotSharpened, Reason, Sharpened, sharpen
from guidance.writer import Writer

log = structlog.get_logger(__name__)

TRIES = 3
"""To keep an answer of a deal that changes all the time."""
LEAST_WAIT_SECONDS = 60.0
"""Before a model that failed is asked about the same state again, however soon its server would have it."""
NOT_A_FAILURE = frozenset({Reason.NOTHING_TO_DO, Reason.BUDGET_USED_UP})

_VERSION = "SELECT version FROM opportunity WHERE id = $1"
_WAITING = "SELECT state, opportunity_version FROM recommendation WHERE opportunity_id = $1 AND enrichment = 'PENDING'"


@jobs.task(name=ENRICH)
async def enrich(opportunity_id: str) -> None:
    await enrich_deal(database(), UUID(opportunity_id))


async def enrich_deal(db: Database, id: UUID) -> None:
    """Ask about the deal as it is now, if its answer waits for that. A deal that changed meanwhile is judged anew by
    the rules, which have the model asked again where that is worth it."""
    at = datetime.now(UTC)
    asked = await _asked(db, id, at)
    if asked is None:
        return
    gathered, made = asked
    writer = await model.writer()
    if writer is None:
        await renew(db, [id], at)
        return
    result = await _ask(db, gathered, made, writer, at)
    async with db.transaction() as tx:
        await calls.record(tx, gathered, result, model=writer.model, at=datetime.now(UTC))
    for _ in range(TRIES):
        if await _land(db, gathered, made, result):
            return
        await renew(db, [id], datetime.now(UTC))


async def _asked(db: Database, id: UUID, at: datetime) -> tuple[Gathered, Recommended] | None:
    """What to ask about; None when nothing waits, or what waits is out of date."""
    gathered = (await gather(db, [id], at)).get(id)
    waiting = await db.fetchrow(_WAITING, id)
    if gathered is None or waiting is None:
        return None
    made = advice(gathered, at)
    if (waiting["state"], waiting["opportunity_version"]) == (made.state, gathered.version):
        return gathered, made
    await renew(db, [id], at)
    again = await db.fetchrow(_WAITING, id)
    if again is not None and (again["state"], again["opportunity_version"]) == (made.state, gathered.version):
        return gathered, made
    return None


async def _ask(
    db: Database, gathered: Gathered, made: Recommended, writer: Writer, at: datetime
) -> Sharpened | NotSharpened:
    partner_id, chosen = gathered.deal.partner_id, settings()
    choice = await choice_for(db, gathered.deal.play.key)
    return await sharpen(
        made,
        writer,
        at=at,
        prompt_version=choice.prompt_version,
        budget=model.budget(db),
        partner_id=str(partner_id) if partner_id else None,
        texts=await texts_of(db, gathered.deal.id, gathered.facts),
        competitors=chosen.competitors,
        learned=gathered.learned,
        custom_rules=gathered.custom_rules,
        wording=choice.wording,
        max_output_tokens=chosen.llm_max_tokens,
    )


async def _land(db: Database, gathered: Gathered, made: Recommended, result: Sharpened | NotSharpened) -> bool:
    """Keep the result if the deal still waits for it, and drop it otherwise. False when the deal has changed since the
    rules last looked at it: then they have to look first."""
    id, at = gathered.deal.id, datetime.now(UTC)
    async with db.transaction() as tx:
        await lock(tx, [id])
        waiting, current = (await held(tx, [id])).get(id), await tx.fetchrow(_VERSION, id)
        if waiting is not None and current is not None and current["version"] != waiting.version:
            return False
        if waiting is None or waiting.enrichment.state is not EnrichmentState.PENDING or waiting.state != made.state:
            log.info(
                "guidance.answer_dropped",
                deal=str(id),
                reason="answer of the language model dropped: the deal has changed",
            )
            return True
        changes, enrichment = Changes.none(), _outcome(result, waiting.enrichment, at)
        source = GuidanceSource.RULES
        if isinstance(result, Sharpened):
            gathered = replace(gathered, facts=replace(gathered.facts, readings=result.readings))
        if isinstance(result, Sharpened) and result.changed:
            source = GuidanceSource.RULES_AND_LLM
            _take(result, waiting, gathered, made, changes, at)
        rows = changes.actions or list(waiting.live.values())
        row = answer_row(gathered, made.state, enrichment, source, at, rows) | {"opportunity_version": waiting.version}
        if not changes.actions:
            row |= {"languages": sorted(waiting.languages), "wording": waiting.wording}
        changes.answers.append(row)
        changes.events.append({"opportunity_id": id, "enrichment": enrichment.state})
        await write(tx, changes)
    wake()
    if isinstance(result, NotSharpened):
        log.warning(
            "guidance.rules_answer_stands",
            deal=str(id),
            reason=result.reason.value,
            detail=result.detail,
            faults=result.faults,
            prompt_version=result.prompt_version,
        )
    return True


def _outcome(result: Sharpened | NotSharpened, before: Enrichment, at: datetime) -> Enrichment:
    attempts = before.attempts + 1
    if isinstance(result, Sharpened):
        return Enrichment(EnrichmentState.DONE, at, attempts)
    failure = f"{result.reason}: {result.detail}"
    if result.reason in NOT_A_FAILURE:
        return Enrichment(EnrichmentState.SKIPPED, at, before.attempts, failure=failure)
    # What others have used up looks to a partner like any other failure of the model: it may be asked again soon.
    after = LEAST_WAIT_SECONDS if result.reason is Reason.BUDGET_OF_ALL_USED_UP else result.retry_after
    wait = None if after is None else max(after, LEAST_WAIT_SECONDS)
    retry_at = None if wait is None else at + timedelta(seconds=wait)
    return Enrichment(EnrichmentState.FAILED, at, attempts, retry_at, failure)


def _take(
    result: Sharpened, waiting: Held, gathered: Gathered, made: Recommended, changes: Changes, at: datetime
) -> None:
    """What was heard, then the model's choice in its order, then the rest as the rules have it. What somebody has
    answered meanwhile stays away; what the readings rule out ends."""
    live = dict(waiting.live)
    chosen = {one.ranked.candidate.key: one for one in result.actions}
    kept = [one for one in result.shown if one.candidate.key in live or one.candidate.reading is not None]
    for place, one in enumerate(placed(kept, gathered)):
        ranked, key = one.ranked, one.ranked.candidate.key
        row = row_of(one, place, gathered, live.pop(key, None), False, at) | {"score": ranked.score}
        if key in chosen or ranked.candidate.reading:
            row |= _as_the_models(result)
        if key in chosen:
            row["composition"] = chosen[key].composition.to_plain()
        changes.actions.append(row)
        changes.links.append(link_row(row["id"], ranked, gathered))
    rank_among_deals(changes.actions, worth_of(gathered), due_among(result.shown))
    translate(changes.actions, proposals(gathered.facts, at), gathered, at, None)
    changes.ended += [ending(row, gathered, made, at) for row in live.values()]


def _as_the_models(result: Sharpened) -> Row:
    return {
        "source": GuidanceSource.RULES_AND_LLM.value,
        "prompt_version": result.prompt_version,
        "prompt_hash": result.prompt_hash,
        "model": result.model,
    }
