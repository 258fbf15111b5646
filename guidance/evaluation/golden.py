"""Reads golden cases with the facts they tell of, and finds the actions they name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from guidance.actions import ActionKind, Candidate
from guidance.evaluation.cases import Case, CaseFile
from guidance.evaluation.playbooks import PlaybookText, Unmeasurable, read_as
from guidance.evaluation.scenario import facts_of
from guidance.facts import Facts, Response
from guidance.rules import RULES, candidates

HELD_OUT = "held_out"
"""Folder of the cases that nobody tunes on."""
PLAYBOOKS = "playbooks"
"""Folder of the playbooks that are there for the cases alone."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A case and the facts that it tells of."""

    playbook: str
    case: Case
    facts: Facts
    held_out: bool

    @property
    def name(self) -> str:
        return f"{self.playbook}: {self.case.name}"


def read_golden(folder: Path, playbooks: Path, at: datetime) -> list[Golden]:
    """Every `*.yaml` of `folder` and of its held-out part. Raises `Unmeasurable`."""
    paths = [*sorted(folder.glob("*.yaml")), *sorted((folder / HELD_OUT).glob("*.yaml"))]
    if not paths:
        raise Unmeasurable(f"{folder}: there are no cases")
    return [golden for path in paths for golden in _of_file(path, (folder / PLAYBOOKS, playbooks), at)]


def _of_file(path: Path, folders: tuple[Path, Path], at: datetime) -> Iterator[Golden]:
    file = read_as(CaseFile, path)
    own, shipped = (folder / f"{file.playbook}.yaml" for folder in folders)
    playbook = read_as(PlaybookText, own if own.exists() else shipped)
    for case in file.cases:
        try:
            _check_actions(case, playbook)
            facts = _answered(facts_of(case, playbook, at), case, at)
        except ValueError as fault:
            raise Unmeasurable(f"{path}: “{case.name}”: {fault}") from None
        yield Golden(file.playbook, case, facts, held_out=path.parent.name == HELD_OUT)


def names(candidate: Candidate) -> frozenset[str]:
    """How cases may write this action."""
    target = candidate.target
    ids = (target.criterion_id, target.activity_id, target.task_id, target.stage_id, *target.content_ids)
    keys = [target.question_key, *(id.split("/", 1)[1] for id in ids if id)]
    return frozenset({candidate.kind.value, *(f"{candidate.kind.value} {key}" for key in keys if key)})


def _answered(facts: Facts, case: Case, at: datetime) -> Facts:
    """With the answers that people gave to what the rules propose for it."""
    if not case.responses:
        return facts
    proposed = candidates(facts, at).candidates
    given = []
    for told in case.responses:
        answered = next((one for one in proposed if told.action in names(one)), None)
        if answered is None:
            raise ValueError(f"responses: nothing proposes “{told.action}”")
        when = at - timedelta(days=told.days_ago)
        given.append(Response(answered.kind.value, answered.key, told.answer, when, told.reason))
    return replace(facts, responses=tuple(sorted(given, key=lambda one: one.at, reverse=True)))


def _check_actions(case: Case, playbook: PlaybookText) -> None:
    """A misspelt action would never be missed."""
    keys = {question.key for question in playbook.questions} | {task.key for task in case.tasks}
    for stage in playbook.stages:
        criteria = (*stage.entry_criteria, *stage.exit_criteria)
        keys |= {stage.key, *(one.key for one in criteria), *(one.key for one in stage.activities)}
    for action in case.expected:
        kind, _, key = action.partition(" ")
        if kind not in ActionKind.__members__:
            raise ValueError(f"there is no kind of action “{kind}”")
        if key and key not in keys:
            raise ValueError(f"“{action}”: the playbook has no “{key}”")
    if unknown := set(case.rules) - {rule.__name__ for rule in RULES}:
        raise ValueError(f"there is no rule “{min(unknown)}”")
