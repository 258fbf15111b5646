"""Tasks of the demo's sellers: what was agreed with customers, some of it late, some done."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from app.demo.deals import Deal
from app.demo.handover import receiver
from app.demo.people import demo_id
from app.vocabulary import TaskSource, TaskStatus
from guidance.actions import Urgency

EACH = 4
"""One open deal in so many has a task."""
LATE, AHEAD = 2, 9
"""Days that tasks are due before and after now."""


def task_rows(deals: Sequence[Deal], opportunities: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """`opportunities`: the deals' rows, whose next steps the tasks are."""
    agreed = {row["id"]: row["next_step"] for row in opportunities if row["next_step"]}
    having = [deal for deal in deals if deal.id in agreed and deal.n % EACH == 1 and receiver(deal.n) is None]
    for n, deal in enumerate(having):
        yield _task(deal, n, agreed[deal.id])


def _task(deal: Deal, n: int, title: str) -> dict[str, Any]:
    began = max(deal.moves[-1].at, deal.now - timedelta(days=LATE + 1))
    due = deal.now + timedelta(days=n % (LATE + AHEAD) - LATE, hours=2)
    done = n % 5 == 4
    seller, partner = demo_id(f"user/{deal.seller}"), demo_id(f"org/{deal.partner.key}")
    return {
        "id": demo_id(f"task/{deal.id}"),
        "opportunity_id": deal.id,
        "organization_id": partner,
        "from_organization_id": partner,
        "assignee_id": seller,
        "created_by_id": seller,
        "source": TaskSource.PERSON.value,
        "status": (TaskStatus.DONE if done else TaskStatus.OPEN).value,
        "urgency": (Urgency.HIGH if due < deal.now else Urgency.NORMAL).value,
        "title": title,
        "due_at": due,
        "completed_at": deal.now if done else None,
        "completed_by_id": seller if done else None,
        "created_at": began,
        "updated_at": deal.now if done else began,
    }
