"""Work on the demo's deals in each stage: criteria marked, activities, answers to questions."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.demo.deals import Deal
from app.demo.history import LEFT_FORWARDS, Stay, stays
from app.demo.people import demo_id
from app.demo.stories import Texts
from app.playbooks.spec import ActivitySpec, CriterionSpec
from app.vocabulary import ActivityStatus, ConfirmedBy, TransitionKind

Row = dict[str, Any]


def work_rows(deal: Deal) -> Iterator[tuple[str, Row]]:
    """Rows by table, for the stages behind the deal in full and for the one it is in by halves."""
    asked: set[str] = set()
    for stay in deal.stays:
        sittings = _sittings(deal, stay)
        done = stay.left_by in LEFT_FORWARDS
        yield from _marks(deal, stay, sittings, done=done)
        for activity, at in _in_turn(deal, stay.stage.activities, sittings, done=done):
            skipped = stay.left_by is TransitionKind.SKIP and stay.left == stay.entered
            if activity.required or (not skipped and deal.chance.random() < 0.92):
                yield "opportunity_activity", _activity(deal, stay, activity, at)
        for question in deal.spec.questions:
            if question.key in asked or not _asks(stay, question.key):
                continue
            if done or deal.chance.random() < 0.5:
                asked.add(question.key)
                yield "qualification_answer", _answer(deal, question.key, deal.chance.choice(sittings))


T = TypeVar("T")


def _in_turn(deal: Deal, entries: Sequence[T], sittings: Sequence[datetime], *, done: bool) -> list[tuple[T, datetime]]:
    """The first few of them one after another, or all of them if the stage is done."""
    some = entries if done else entries[: deal.chance.randrange(len(entries))] if entries else ()
    times = sorted(deal.chance.choice(sittings) for _ in some)
    return list(zip(some, times, strict=True))


def _sittings(deal: Deal, stay: Stay) -> list[datetime]:
    """When somebody sat down to it, on the scale of the steps: now and then, and before the deal left the stage."""
    length = stay.left - stay.entered
    often = 1 + min(3, length // timedelta(days=5))
    end = stay.left if stay.left_by in LEFT_FORWARDS else stay.entered + length * 0.8
    return [*(stay.entered + length * deal.chance.uniform(0.05, 0.8) for _ in range(often)), end]


def _marks(deal: Deal, stay: Stay, sittings: list[datetime], *, done: bool) -> Iterator[tuple[str, Row]]:
    left_out = _overridden(deal, stay)
    for criterion in stay.stage.entry_criteria:
        if criterion.expression is None:
            yield "criterion_mark", _mark(deal, stay, criterion, stay.entered)
    manual = [criterion for criterion in stay.stage.exit_criteria if criterion.expression is None]
    # With its last mark, a deal leaves a stage that it may leave by itself.
    at_last = done and stay.stage.auto_advance
    for criterion, at in _in_turn(deal, manual, sittings, done=done):
        if criterion is not left_out and (criterion.required or deal.chance.random() < 0.8):
            yield (
                "criterion_mark",
                _mark(deal, stay, criterion, stay.left if at_last and criterion is manual[-1] else at),
            )


def former_rows(deal: Deal) -> Iterator[Row]:
    """The marks that counted no more when the deal was sent back: of the stage that it was sent to and those ahead."""
    order = [stage.key for stage in deal.spec.stages]
    for n, move in enumerate(deal.moves):
        if move.step.kind is TransitionKind.BACK:
            ahead = order[order.index(move.step.to_key) :]
            for stay in stays(deal.spec, deal.steps[:n], move.step.at):
                if stay.stage.key in ahead:
                    done = stay.left_by in LEFT_FORWARDS
                    for _, mark in _marks(deal, stay, _sittings(deal, stay), done=done):
                        yield _ended(deal, stay, mark, n + 1)


def _ended(deal: Deal, stay: Stay, mark: Row, seq: int) -> Row:
    move = deal.moves[seq - 1]
    keys = {
        demo_id(f"{deal.spec.key}/stage/{stay.stage.key}/criterion/{one.key}"): one.key
        for one in (*stay.stage.entry_criteria, *stay.stage.exit_criteria)
    }
    return {
        "id": demo_id(f"former/{mark['id']}/{seq}"),
        "opportunity_id": deal.id,
        "stage_key": stay.stage.key,
        "criterion_key": keys[mark["criterion_id"]],
        **{name: mark[name] for name in ("met", "marked_at", "marked_by_id", "evidence")},
        "ended_at": move.at,
        "ended_by_id": move.actor,
        "transition_id": demo_id(f"transition/{deal.id}/{seq}"),
    }


def _overridden(deal: Deal, stay: Stay) -> CriterionSpec | None:
    """What was still missing when the vendor let the deal go on."""
    if not any(move.overridden and move.step.from_key == stay.stage.key for move in deal.moves):
        return None
    manual = [one for one in stay.stage.exit_criteria if one.required and one.expression is None]
    return manual[-1] if manual else None


def _asks(stay: Stay, question: str) -> bool:
    return any(f'"{question}"' in (criterion.expression or "") for criterion in stay.stage.exit_criteria)


def _mark(deal: Deal, stay: Stay, criterion: CriterionSpec, at: datetime) -> Row:
    path = f"{deal.spec.key}/stage/{stay.stage.key}/criterion/{criterion.key}"
    evidence = _for(deal.story.texts["evidence"], criterion.key)
    said = deal.chance.random() < (0.8 if criterion.confirmed_by is ConfirmedBy.VENDOR else 0.35)
    on = deal.day(at)
    by_vendor = criterion.confirmed_by is ConfirmedBy.VENDOR
    return {
        "id": demo_id(f"mark/{deal.id}/{path}"),
        "opportunity_id": deal.id,
        "criterion_id": demo_id(path),
        "met": True,
        "marked_at": deal.office.at(at),
        "marked_by_id": deal.manager if by_vendor else deal.owner(at),
        "evidence": deal.story.one_of(evidence, on, when=on) if said else None,
        "confirmed_as": (ConfirmedBy.VENDOR if by_vendor else ConfirmedBy.ANYONE_ON_DEAL).value,
    }


def _activity(deal: Deal, stay: Stay, activity: ActivitySpec, at: datetime) -> Row:
    path = f"{deal.spec.key}/stage/{stay.stage.key}/activity/{activity.key}"
    skipped = not activity.required and deal.chance.random() < 0.03
    told = skipped or deal.chance.random() < 0.25
    texts = deal.story.texts["skipped"] if skipped else _for(deal.story.texts["activity_notes"], activity.key)
    return {
        "id": demo_id(f"done/{deal.id}/{path}"),
        "opportunity_id": deal.id,
        "activity_id": demo_id(path),
        "status": (ActivityStatus.SKIPPED if skipped else ActivityStatus.COMPLETED).value,
        "completed_at": deal.office.at(at),
        "completed_by_id": deal.owner(at),
        "note": deal.story.one_of(texts, deal.day(at)) if told else None,
    }


def _for(texts: Texts, key: str) -> Sequence[str]:
    """What is said of this criterion or activity, or else of any."""
    found: Sequence[str] = texts.get(key, texts["any"])
    return found


def _answer(deal: Deal, question: str, at: datetime) -> Row:
    on = deal.day(at)
    return {
        "id": demo_id(f"answer/{deal.id}/{question}"),
        "opportunity_id": deal.id,
        "question_key": question,
        "answer": deal.story.one_of(deal.story.texts["answers"][question], on, when=on),
        "answered_at": deal.office.at(at),
        "answered_by_id": deal.owner(at),
    }
