"""The facts that a golden case tells of: a healthy deal of its playbook's stage, with what the case says otherwise."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from catalogues import phrase
from expressions import FAILURES, ExpressionError, Language, compile_expression
from expressions.language import Inputs
from guidance.evaluation.cases import Case, HistoryText, Keys, MoveText, TaskText
from guidance.evaluation.playbooks import CriterionText, PlaybookText, StageText
from guidance.facts import (
    Account,
    Activity,
    Blocker,
    Change,
    Content,
    Criterion,
    Deal,
    DealStatus,
    Facts,
    Move,
    MoveKind,
    Partner,
    Prediction,
    Question,
    Reader,
    Registration,
    Stage,
    StageKind,
    Task,
    Transition,
)
from guidance.history import Distribution, Fate, History
from guidance.rules.custom_facts import SHAPE, deal_variables
from guidance.rules.recording import question_keys

QUIET_DAYS = 2
PIECES = (("case-study", "CASE_STUDY", "Case study", Reader.CUSTOMER),
          ("template", "TEMPLATE", "Template", Reader.CUSTOMER),
          ("battlecard", "BATTLECARD", "Battlecard", Reader.PARTNER))  # fmt: skip
CONDITIONS = Language("deal", SHAPE, SHAPE)
"""Of a playbook's criteria, over what the facts tell of a deal."""
STALLING_SHARE = 0.8


def facts_of(case: Case, playbook: PlaybookText, at: datetime) -> Facts:
    """Raises `ValueError` for keys that the playbook doesn't have."""
    place = playbook.place_of(case.stage)
    text = playbook.stages[place]
    coming = next((one for one in playbook.stages[place + 1 :] if one.kind is StageKind.OPEN), None)
    _check_keys(case, playbook, text, coming)
    stage, history = _stage(text, place), _history(case.history)
    facts = Facts(
        playbook_key=playbook.key,
        deal=_deal(case, playbook, at),
        stage=stage,
        partner=_partner(case),
        activities=tuple(
            Activity(
                f"activity/{one.key}", one.key, one.name, _has(case.done, one.key), one.required, one.description,
                one.effort_minutes, one.reader, one.customer_wording, confirmed_by=one.confirmed_by, serves=one.serves,
            )
            for one in text.activities
        ),
        contents=() if case.contents == "none" else _contents(text, case),
        next_stage=_stage(coming, place + 1) if coming else None,
        ahead=tuple(
            _stage(one, place + n)
            for n, one in enumerate(playbook.stages[place + 1 :], start=1)
            if one.kind is StageKind.OPEN
        ),
        next_contents=_contents(coming, case) if coming else (),
        questions=tuple(
            Question(
                asked.key,
                asked.label,
                asked.prompt,
                "It is written down." if asked.key in case.answered else None,
                _due_position(asked.key, playbook),
            )
            for asked in playbook.questions
        ),
        history=history,
        moves=tuple(_move(one, case, playbook, at) for one in case.moves),
        buying_roles=case.deal.contacts,
        last_contact_at=at - timedelta(days=_quiet(case)) if case.deal.contacted else None,
        last_change_at=at - timedelta(days=_quiet(case) if case.deal.changed is None else case.deal.changed),
        playbook_language=playbook.language,
        language=playbook.language,
        registration=_registration(case, at),
        tasks=tuple(_task(one, at) for one in case.tasks),
        prediction=_prediction(case),
    )  # fmt: skip
    facts = replace(facts, deal=replace(facts.deal, stalled=_is_stalled(facts, at)))
    inputs = Inputs("deal", deal_variables(facts, at))
    facts = replace(
        facts,
        criteria=tuple(_criterion(one, case.met, inputs) for one in text.exit_criteria),
        next_entry=tuple(_criterion(one, case.entry_met, inputs) for one in coming.entry_criteria) if coming else (),
    )
    return replace(facts, transitions=_transitions(facts, playbook, coming))


def _deal(case: Case, playbook: PlaybookText, at: datetime) -> Deal:
    told = case.deal
    account = {"industry": playbook.industry, "country": "DE", "employees": 800} | told.account
    return Deal(
        id="deal",
        name="Renewal of the platform",
        account=Account(name="Northwind", **account),
        entered_stage_at=at - timedelta(days=told.days_in_stage),
        created_at=at - timedelta(days=told.days_in_stage + 30),
        status=DealStatus(told.status),
        source=told.source,
        amount=None if told.amount is None else Decimal(str(told.amount)),
        currency=None if told.amount is None else "EUR",
        close_date=None if told.close_in is None else at.date() + timedelta(days=told.close_in),
        owner="A. Seller",
        next_step=told.next_step,
        notes=told.notes,
    )


def _partner(case: Case) -> Partner | None:
    if not case.deal.partner:
        return None
    if case.deal.new_partner:
        return Partner("Contoso", "GOLD", "RESELLER")
    usual = case.usual_amount or 50_000.0
    spread = [usual * (0.4 + 0.12 * step) for step in range(11)]
    return Partner("Contoso", "GOLD", "RESELLER", Distribution.of(spread))


def _move(told: MoveText, case: Case, playbook: PlaybookText, at: datetime) -> Move:
    left = playbook.stages[playbook.place_of(told.came_from)].name if told.came_from else ""
    stage = playbook.stages[playbook.place_of(told.to or case.stage)]
    return Move(told.kind, at - timedelta(days=told.days_ago), stage.key, left, told.reason)


def _registration(case: Case, at: datetime) -> Registration | None:
    told = case.registration
    if told is None:
        return None
    until = None if told.protected_for is None else at + timedelta(days=told.protected_for)
    return Registration(is_begun=told.begun or until is not None, protected_until=until)


def _task(told: TaskText, at: datetime) -> Task:
    due_at = at + timedelta(days=told.due_in)
    return Task(f"task/{told.key}", told.title, due_at, told.urgency.value, told.assignee)


def _prediction(case: Case) -> Prediction | None:
    told = case.prediction
    if told is None:
        return None
    change = Change(told.change, told.then) if told.change else None
    against = tuple(phrase(text) for text in told.against)
    return Prediction(told.basis, told.win, told.usual, against, change, told.falling)


def _stage(text: StageText, place: int) -> Stage:
    return Stage(
        f"stage/{text.key}", text.key, text.name, place, text.kind, text.definition, text.buyer_phase,
        text.win_probability, text.target_days,
    )  # fmt: skip


def _contents(stage: StageText, case: Case) -> tuple[Content, ...]:
    pieces = ((f"{stage.key}-{name}", kind, f"{title}: {stage.name}", reader) for name, kind, title, reader in PIECES)
    return tuple(
        Content(f"content/{key}", key, title, kind, "", key not in case.unsuited, key in case.used, reader)
        for key, kind, title, reader in pieces
    )


def _criterion(text: CriterionText, met: Keys, inputs: Inputs) -> Criterion:
    holds = _has(met, text.key) or (text.expression is not None and _decides(text.expression, inputs))
    return Criterion(
        f"criterion/{text.key}", text.key, text.description, holds, text.required, text.expression, text.reader,
        text.customer_wording, confirmed_by=text.confirmed_by,
    )  # fmt: skip


def _decides(expression: str, inputs: Inputs) -> bool:
    try:
        return inputs.run(compile_expression(CONDITIONS, expression)) is True
    except (ExpressionError, *FAILURES):
        return False


def _transitions(facts: Facts, playbook: PlaybookText, coming: StageText | None) -> tuple[Transition, ...]:
    if not facts.is_open:
        return ()
    blockers = [
        *(
            Blocker("EXIT_CRITERION_UNMET", one.description, criterion_key=one.key)
            for one in facts.unmet()
            if one.required
        ),
        *(
            Blocker("ACTIVITY_OPEN", one.name, activity_key=one.key)
            for one in facts.activities
            if one.required and not one.done
        ),
        *(
            Blocker("ENTRY_CRITERION_UNMET", one.description, criterion_key=one.key)
            for one in facts.next_entry
            if one.required and not one.met
        ),
    ]
    won = next(one for one in playbook.stages if one.kind is StageKind.WON)
    lost = next(one for one in playbook.stages if one.kind is StageKind.LOST)
    onward, kind = (coming, MoveKind.FORWARD) if coming else (won, MoveKind.WON)
    return (
        Transition(f"stage/{onward.key}", onward.key, onward.name, kind, not blockers, tuple(blockers)),
        Transition(f"stage/{lost.key}", lost.key, lost.name, MoveKind.LOST, allowed=True),
    )


def _history(told: HistoryText) -> History:
    return History(
        Distribution.of(told.stays), Distribution.of(told.remaining), tuple(Fate.of(*fate) for fate in told.fates)
    )


def _is_stalled(facts: Facts, at: datetime) -> bool:
    """As the product decides it: past the 80th percentile of earlier stays, or the target where there are too few."""
    stays = facts.history.stays
    limit = max(1.0, stays.quantile(STALLING_SHARE)) if stays.known else facts.stage.target_days
    return facts.is_open and limit is not None and facts.days_in_stage(at) > limit


def _due_position(question: str, playbook: PlaybookText) -> int | None:
    for place, stage in enumerate(playbook.stages):
        for criterion in (*stage.entry_criteria, *stage.exit_criteria):
            if criterion.expression and question in question_keys(criterion.expression):
                return place
    return None


def _quiet(case: Case) -> int:
    return min(QUIET_DAYS, case.deal.days_in_stage) if case.deal.quiet is None else case.deal.quiet


def _has(keys: Keys, key: str) -> bool:
    return keys == "all" or key in keys


def _check_keys(case: Case, playbook: PlaybookText, stage: StageText, coming: StageText | None) -> None:
    contents = {f"{one.key}-{name}" for one in (stage, coming) if one for name, *_ in PIECES}
    known: dict[str, tuple[Keys, set[str]]] = {
        "done": (case.done, {one.key for one in stage.activities}),
        "met": (case.met, {one.key for one in stage.exit_criteria}),
        "entry_met": (case.entry_met, {one.key for one in coming.entry_criteria} if coming else set()),
        "answered": (case.answered, {one.key for one in playbook.questions}),
        "used": (case.used, contents),
        "unsuited": (case.unsuited, contents),
    }
    for name, (keys, there_are) in known.items():
        if keys != "all" and (unknown := set(keys) - there_are):
            raise ValueError(f"{name}: there is no “{min(unknown)}”")
