"""Do what is due: tasks that people have set themselves for the deal, from the day (UTC) on which they are due."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, counted, phrase
from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Assignee, Facts, Task
from guidance.rules.reading import clipped, due, elsewhere
from guidance.rules.saying import told

MOST = 3
LONGEST = 80
"""Characters of a task in a title."""
LEAST_FIRST = tuple(Urgency)
WHOSE = {
    Assignee.OWNER: phrase("the deal’s owner"),
    Assignee.ANOTHER: phrase("a colleague"),
    Assignee.NOBODY: phrase("nobody yet"),
}


def do_tasks(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """Those that are due for the longest first, of equals the most urgent."""
    due_now = [task for task in facts.tasks if _days_over(task, at) >= 0]
    ordered = sorted(due_now, key=lambda one: (-_days_over(one, at), -LEAST_FIRST.index(_urgency(one, at)), one.id))
    for place, task in enumerate(ordered[:MOST]):
        yield _candidate(task, facts, at, weights.IN_TURN[place])


def _candidate(task: Task, facts: Facts, at: datetime, weight: float) -> Candidate:
    urgency, over = _urgency(task, at), _days_over(task, at)
    return Candidate(
        kind=ActionKind.DO_TASK,
        title=told(facts, _title(task, over)),
        rationale=told(facts, _reason(task, over)),
        evidence=(
            Evidence(told(facts, phrase("Due")), told(facts, _when(over)), told(facts, phrase("tasks of the deal"))),
            Evidence(
                told(facts, phrase("Assigned to")),
                told(facts, WHOSE[task.assignee]),
                told(facts, phrase("tasks of the deal")),
            ),
        ),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        target=Target(task_id=task.id),
        weight=weight * (weights.OVERDUE_TASK if over else 1.0) * elsewhere(facts, at),
    )


def _days_over(task: Task, at: datetime) -> int:
    """Negative before the day on which it is due."""
    return (at.date() - task.due_at.astimezone(at.tzinfo).date()).days


def _urgency(task: Task, at: datetime) -> Urgency:
    own, least = Urgency(task.urgency), Urgency.HIGH if _days_over(task, at) else Urgency.NORMAL
    return max(own, least, key=LEAST_FIRST.index)


def _title(task: Task, over: int) -> Said:
    named = clipped(task.title, LONGEST)
    return phrase("“{task}” is overdue", task=named) if over else phrase("“{task}” is due today", task=named)


def _when(over: int) -> Said:
    return counted("{n} day ago", "{n} days ago", over) if over else phrase("today")


def _reason(task: Task, over: int) -> Said:
    if task.assignee is Assignee.NOBODY:
        return phrase("Nobody has taken it on: do it, or give it to somebody.")
    if over:
        return counted(
            "It was due {n} day ago: do it, or set a date that will hold.",
            "It was due {n} days ago: do it, or set a date that will hold.",
            over,
        )
    return phrase("It was planned for today.")
