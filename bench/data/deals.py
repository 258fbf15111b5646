"""The large tables as text for COPY: deals, their moves, the log, and the work done on them."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TextIO
from uuid import UUID

from app.playbooks.spec import PlaybookSpec
from app.vocabulary import ActivityStatus, OpportunitySource, StageKind, TransitionKind
from bench.data.programme import BEGAN, playbook_row_id, specs
from bench.data.shape import (
    ACCOUNT,
    ACTIVITY,
    ANSWER,
    DAYS,
    DEAL,
    END,
    MARK,
    ORGANIZATION,
    PLAYBOOK,
    TRANSITION,
    TRANSITIONS_EACH,
    USER,
    Size,
    id_of,
)

NULL = r"\N"
MOVER_PLAYBOOK, MOVER_STAGE = "saas", 1
"""Movers stand in this open stage and go to the next one and back."""
NEXT_STEPS = ("Send the revised offer", "Call the sponsor", "Agree the test plan", "Visit the site", NULL)
CURRENCIES = ("EUR", "EUR", "EUR", "GBP", "USD")
SOURCES = [source.value for source in OpportunitySource]
FIRST, LAST = BEGAN.timestamp(), END.timestamp()
DAY = 86_400.0

COLUMNS = {
    "opportunity": "id external_id name version amount currency expected_close_date status account_id partner_id"
    " owner_id source playbook_id stage_id entered_stage_at next_step notes created_at updated_at closed_at"
    " close_reason",
    "stage_transition": "id opportunity_id seq from_stage_id to_stage_id kind at actor_id reason"
    " seconds_in_previous_stage",
    "event": "type at actor_id subject_type subject_id opportunity_id payload",
    "criterion_mark": "id opportunity_id criterion_id met marked_at marked_by_id confirmed_as",
    "opportunity_activity": "id opportunity_id activity_id status completed_at completed_by_id",
    "qualification_answer": "id opportunity_id question_key answer answered_at answered_by_id",
}


@dataclass(frozen=True, slots=True)
class Step:
    stage: int
    kind: TransitionKind
    at: float


class Playbook:
    """What a template's rows are called."""

    def __init__(self, number: int, spec: PlaybookSpec) -> None:
        self.id = id_of(PLAYBOOK, number)
        self.spec = spec
        self.open = sum(stage.kind is StageKind.OPEN for stage in spec.stages)
        self.won = next(n for n, stage in enumerate(spec.stages) if stage.kind is StageKind.WON)
        self.lost = next(n for n, stage in enumerate(spec.stages) if stage.kind is StageKind.LOST)
        self.stages = [(stage.key, str(self._id(f"stage/{stage.key}"))) for stage in spec.stages]
        self.manual = [
            [
                str(self._id(f"stage/{stage.key}/criterion/{criterion.key}"))
                for criterion in (*stage.entry_criteria, *stage.exit_criteria)
                if criterion.expression is None
            ]
            for stage in spec.stages
        ]
        self.activities = [
            [str(self._id(f"stage/{stage.key}/activity/{activity.key}")) for activity in stage.activities]
            for stage in spec.stages
        ]

    def _id(self, path: str) -> UUID:
        return playbook_row_id(self.spec, path)


class Writer:
    """Moves and events go to a file for each month, so that they lie in the tables in the order of time."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._files: dict[str, TextIO] = {}

    def put(self, table: str, values: tuple[object, ...], month: int | None = None) -> None:
        name = table if month is None else f"{table}-{month:02}"
        file = self._files.get(name)
        if file is None:
            file = self._stack.enter_context((self._folder / name).open("w", encoding="utf-8"))
            self._files[name] = file
        file.write("\t".join(map(str, values)) + "\n")


def write(folder: Path, size: Size, seed: int = 7) -> list[tuple[str, Path]]:
    """(table, file) in the order in which they can be copied."""
    chance = Random(seed)
    playbooks = [Playbook(number, spec) for number, spec in enumerate(specs())]
    mover = next(playbook for playbook in playbooks if playbook.spec.key == MOVER_PLAYBOOK)
    with ExitStack() as stack:
        writer = Writer(folder, stack)
        lengths = _lengths(chance)
        for number in range(size.opportunities):
            length = next(lengths)
            if number < size.movers:
                playbook, steps = mover, _mover_steps(number, size)
            else:
                playbook = playbooks[number % len(playbooks)]
                steps = list(_steps(chance, playbook, _began(chance, number, size), length))
            _deal(writer, chance, number, size, playbook, steps)
    written = sorted(folder.iterdir())
    return [(table, path) for table in COLUMNS for path in written if path.name.partition("-")[0] == table]


def _lengths(chance: Random) -> Iterator[int]:
    """How many moves a deal has: from 1 to 7, and `TRANSITIONS_EACH` over each two."""
    while True:
        more = chance.randrange(4)
        yield TRANSITIONS_EACH + more
        yield TRANSITIONS_EACH - more


def _began(chance: Random, number: int, size: Size) -> float:
    return FIRST + (DAYS - 30) * DAY * (number / size.opportunities) + chance.random() * DAY


def _mover_steps(number: int, size: Size) -> list[Step]:
    began = FIRST + 30 * DAY * number / size.opportunities
    forth, back = (MOVER_STAGE, TransitionKind.FORWARD), (MOVER_STAGE - 1, TransitionKind.BACK)
    moves = [(MOVER_STAGE - 1, TransitionKind.CREATED), forth, back, forth]
    return [Step(stage, kind, began + 5 * DAY * n) for n, (stage, kind) in enumerate(moves)]


def _steps(chance: Random, playbook: Playbook, at: float, length: int) -> Iterator[Step]:
    place = 0
    yield Step(place, TransitionKind.CREATED, at)
    for number in range(1, length):
        at += min(chance.expovariate(1 / (12 * DAY)) + 60, (LAST - at) / 2)
        if number == length - 1 and length > 2 and chance.random() < 0.5:
            won = chance.random() < 0.5
            yield Step(playbook.won if won else playbook.lost, TransitionKind.WON if won else TransitionKind.LOST, at)
        elif place > 0 and (place == playbook.open - 1 or chance.random() < 0.08):
            place -= 1
            yield Step(place, TransitionKind.BACK, at)
        else:
            place += 1
            yield Step(place, TransitionKind.FORWARD, at)


def _deal(writer: Writer, chance: Random, number: int, size: Size, playbook: Playbook, steps: list[Step]) -> None:
    id = id_of(DEAL, number)
    partner = size.partner_of(number)
    owner = id_of(USER, size.sellers_of(partner)[number % 2])
    last = steps[-1]
    stage = playbook.spec.stages[last.stage]
    closed = stage.kind is not StageKind.OPEN
    mover = number < size.movers
    worth = chance.random() < 0.97 or mover
    entered = _moment(last.at)
    writer.put(
        "opportunity",
        (
            id,
            f"D-{number}",
            f"Deal {number}: {playbook.spec.name} project",
            len(steps),
            f"{chance.randrange(1_000, 900_000)}.{chance.randrange(0, 100, 25):02}" if worth else NULL,
            CURRENCIES[partner % len(CURRENCIES)] if worth else NULL,
            _expected(chance, last.at, closed=closed),
            stage.kind.value,
            id_of(ACCOUNT, chance.randrange(size.accounts)),
            id_of(ORGANIZATION, partner),
            owner,
            SOURCES[0] if chance.random() < 0.8 else chance.choice(SOURCES),
            playbook.id,
            playbook.stages[last.stage][1],
            entered,
            NULL if closed else NEXT_STEPS[0 if mover else number % len(NEXT_STEPS)],
            f"Met the people of deal {number}; they compare two offers and decide this quarter.",
            _moment(steps[0].at),
            entered,
            entered if closed else NULL,
            "Chose another product" if last.kind is TransitionKind.LOST else NULL,
        ),
    )
    _moves(writer, number, size, playbook, steps, owner, id_of(ORGANIZATION, partner))
    if not closed and not size.deals_only:
        _work(writer, chance, number, playbook, last, owner, everything=mover)


def _expected(chance: Random, at: float, *, closed: bool) -> date:
    """Open deals are expected to close around the day on which the data are made, one in five of them before."""
    later = chance.randrange(10, 120)
    if closed:
        return (datetime.fromtimestamp(at, UTC) + timedelta(days=later)).date()
    return datetime.now(UTC).date() + timedelta(days=3 * later - 105)


def _moves(
    writer: Writer, number: int, size: Size, playbook: Playbook, steps: list[Step], owner: str, partner: str
) -> None:
    id = id_of(DEAL, number)
    for n, step in enumerate(steps):
        before = steps[n - 1] if n else None
        month = int((step.at - FIRST) / (30 * DAY))
        transition = id_of(TRANSITION, number, n)
        key, stage = playbook.stages[step.stage]
        from_key, from_stage = playbook.stages[before.stage] if before else (None, NULL)
        at = _moment(step.at)
        reason = "Asked for by the customer" if step.kind in (TransitionKind.BACK, TransitionKind.LOST) else NULL
        stayed = int(step.at - before.at) if before else NULL
        writer.put(
            "stage_transition",
            (transition, id, n + 1, from_stage, stage, step.kind.value, at, owner, reason, stayed),
            month,
        )
        if size.deals_only:
            continue
        said = f'"fromStageKey":"{from_key}"' if from_key else '"fromStageKey":null'
        payload = (
            f'{{"kind":"{step.kind.value}",{said},"toStageKey":"{key}","playbookKey":"{playbook.spec.key}",'
            f'"partnerId":"{partner}","automatic":false}}'
        )
        type_ = "OPPORTUNITY_STAGE_CHANGED" if before else "OPPORTUNITY_CREATED"
        writer.put("event", (type_, at, owner, "stage_transition", transition, id, payload), month)


def _work(
    writer: Writer, chance: Random, number: int, playbook: Playbook, last: Step, owner: str, *, everything: bool
) -> None:
    """Of the stages behind the deal all of it, of its own stage some; of a mover's playbook everything."""
    id, at = id_of(DEAL, number), _moment(last.at)
    stages = playbook.open if everything else last.stage + 1
    marks = activities = 0
    for place in range(stages):
        whole = everything or place < last.stage
        for criterion in playbook.manual[place]:
            if whole or chance.random() < 0.5:
                writer.put("criterion_mark", (id_of(MARK, number, marks), id, criterion, "t", at, owner, "VENDOR"))
                marks += 1
        for activity in playbook.activities[place]:
            if whole or chance.random() < 0.4:
                row = (id_of(ACTIVITY, number, activities), id, activity, ActivityStatus.COMPLETED.value, at, owner)
                writer.put("opportunity_activity", row)
                activities += 1
    questions = playbook.spec.questions if everything else playbook.spec.questions[: max(1, 2 * last.stage)]
    for n, question in enumerate(questions):
        answer = f"{question.label}: confirmed with the customer."
        writer.put("qualification_answer", (id_of(ANSWER, number, n), id, question.key, answer, at, owner))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()
