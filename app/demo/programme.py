"""The demo programme: a believable channel, the same for the same seed and day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from app.deals.names import name_key
from app.demo.advice import advice_rows
from app.demo.contents import content_rows
from app.demo.history import Step, history, passed
from app.demo.log import event_rows
from app.demo.people import PARTNERS, demo_id, demo_users, organization_rows, sellers, user_rows
from app.playbooks.rows import rows_of
from app.playbooks.spec import PlaybookSpec
from app.playbooks.templates import template
from app.vocabulary import ActivityStatus, OpportunitySource, OpportunityStatus, StageKind, TransitionKind

__all__ = ["OPPORTUNITIES", "Programme", "demo_users", "generate"]

OPPORTUNITIES = 400
ACCOUNTS = 60
MONTHS = 18
PLAYBOOKS = ("it-software", "manufacturing")
Programme = dict[str, list[dict[str, Any]]]
"""Rows by table, in the order in which they can be written."""

FIRST = (
    *("Aurelia", "Bergland", "Castell", "Dorval", "Elmhurst", "Falkner", "Granby", "Hollis", "Ivanhoe", "Jarrow"),
    *("Kestrel", "Lindmark", "Marlowe", "Norwick", "Orland", "Prescott", "Quarry", "Rosedal", "Silverton", "Thornby"),
)
LAST = ("Logistics", "Foods", "Engineering", "Insurance", "Components", "Energy", "Retail", "Health")
COUNTRIES = ("DE", "GB", "ES", "NL", "SE", "AT", "CH", "IE")
PROJECTS = {
    "it-software": ("endpoint renewal", "identity platform", "backup consolidation", "service desk", "data warehouse"),
    "manufacturing": ("line 2 retrofit", "condition monitoring", "packaging cell", "energy metering", "MES rollout"),
}
NEXT_STEPS = (
    "Send the revised offer",
    "Workshop with operations",
    "Call the sponsor",
    "Agree the test plan",
    "Visit the site",
)
CURRENCIES = {"UK and Ireland": "GBP", "Nordics": "USD"}


def generate(seed: int = 7, *, at: datetime) -> Programme:
    """Everything up to `at`, eighteen months back."""
    random = Random(seed)  # noqa: S311 (a demo, not a secret)
    specs = [_spec(key) for key in PLAYBOOKS]
    began = at - timedelta(days=30 * MONTHS)
    rows: Programme = defaultdict(list)
    rows["organization"] = organization_rows(began)
    rows["user_account"] = user_rows(began)
    for spec in specs:
        _playbook(rows, spec, began, at)
    rows["content"], rows["stage_content"] = content_rows(specs, began)
    rows["account"] = [_account(random, n, began) for n in range(ACCOUNTS)]
    for n in range(OPPORTUNITIES):
        _deal(rows, random, n, specs[n % 2], began, at)
    # Of its own randomness, so that the deals are those without it.
    rows["next_best_action"] = advice_rows(Random(seed + 1), specs, rows)  # noqa: S311
    rows["event"] = event_rows(rows)
    return dict(rows)


def _spec(key: str) -> PlaybookSpec:
    found = template(key)
    assert found is not None, key
    return found.spec


def _playbook(rows: Programme, spec: PlaybookSpec, began: datetime, at: datetime) -> None:
    id = demo_id(f"playbook/{spec.key}")
    rows["playbook"].append(
        {
            "id": id,
            "key": spec.key,
            "version": 1,
            "name": spec.name,
            "industry": spec.industry,
            "description": spec.description,
            "status": "PUBLISHED",
            "qualification_framework": spec.qualification_framework,
            "review_due_at": at + timedelta(days=120),
            "published_at": began,
            "created_at": began,
            "updated_at": began,
        }
    )
    for table, made in rows_of(spec, id, lambda path: demo_id(f"{spec.key}/{path}"), published=True).items():
        rows[table].extend(made)


def _account(random: Random, n: int, began: datetime) -> dict[str, Any]:
    industry = "IT software" if n % 2 == 0 else "Manufacturing"
    employees = int(random.lognormvariate(6.2, 1.1)) + 20
    name = f"{FIRST[n % len(FIRST)]} {LAST[(n // len(FIRST) + n) % len(LAST)]}"
    return {
        "id": demo_id(f"account/{n}"),
        "partner_id": None,
        "external_id": f"demo:{n:03}",
        "name": name,
        "name_key": name_key(name),
        "industry": industry,
        "country": random.choice(COUNTRIES),
        "employees": employees,
        "annual_revenue": Decimal(employees * random.randint(90, 260)) * 1000,
        "created_at": began,
    }


def _deal(rows: Programme, random: Random, n: int, spec: PlaybookSpec, began: datetime, at: datetime) -> None:
    fits = [p for p in PARTNERS if not p[4] or spec.industry in p[4]]
    partner = fits[(n // 2) % len(fits)]
    owner = random.choice(sellers(partner[0]))
    # The channel has been growing: more deals begin in each month than in the one before.
    day = random.triangular(0, 30 * MONTHS, 30 * MONTHS)
    steps = history(random, spec, began + timedelta(days=day), at)
    id, last = demo_id(f"opportunity/{n}"), steps[-1]
    kind = next(stage.kind for stage in spec.stages if stage.key == last.to_key)
    closed = kind is not StageKind.OPEN
    close_day = last.at.date() if closed else at.date() + timedelta(days=random.randint(-10, 120))
    account = rows["account"][random.randrange(ACCOUNTS // 2) * 2 + (n % 2)]
    rows["opportunity"].append(
        {
            "id": id,
            "external_system": "api",
            "external_id": f"DEMO-{n + 1:04}",
            "name": f"{account['name']}: {random.choice(PROJECTS[spec.key])}",
            "version": len(steps),
            "amount": Decimal(round(random.lognormvariate(10.4, 0.8) / 50) * 50).quantize(Decimal("0.01")),
            "currency": CURRENCIES.get(partner[5], "EUR"),
            "expected_close_date": close_day,
            "status": OpportunityStatus(kind.value).value,
            "account_id": account["id"],
            "partner_id": demo_id(f"org/{partner[0]}"),
            "owner_id": owner,
            "source": random.choice(
                [OpportunitySource.PARTNER] * 6 + [OpportunitySource.VENDOR, OpportunitySource.CO_SELL]
            ).value,
            "playbook_id": demo_id(f"playbook/{spec.key}"),
            "stage_id": demo_id(f"{spec.key}/stage/{last.to_key}"),
            "entered_stage_at": last.at,
            "next_step": None if closed else random.choice(NEXT_STEPS),
            "notes": f"{random.choice(('Met', 'Called', 'Wrote to'))} {account['name']} about the project.",
            "created_at": steps[0].at,
            "updated_at": last.at,
            "closed_at": last.at if closed else None,
            "close_reason": last.reason if closed else None,
        }
    )
    _moves(rows, spec, id, owner, steps)
    _work(rows, random, spec, id, owner, last)


def _moves(rows: Programme, spec: PlaybookSpec, id: Any, owner: Any, steps: Sequence[Step]) -> None:
    for seq, step in enumerate(steps, 1):
        before = steps[seq - 2].at if seq > 1 else None
        rows["stage_transition"].append(
            {
                "id": demo_id(f"transition/{id}/{seq}"),
                "opportunity_id": id,
                "seq": seq,
                "from_stage_id": step.from_key and demo_id(f"{spec.key}/stage/{step.from_key}"),
                "to_stage_id": demo_id(f"{spec.key}/stage/{step.to_key}"),
                "kind": step.kind.value,
                "at": step.at,
                "actor_id": owner if step.kind is not TransitionKind.REOPEN else demo_id("user/Tomás Herrera"),
                "reason": step.reason,
                "automatic": False,
                "overridden": False,
                "seconds_in_previous_stage": int((step.at - before).total_seconds()) if before else None,
            }
        )


def _work(rows: Programme, random: Random, spec: PlaybookSpec, id: Any, owner: Any, last: Step) -> None:
    """Marks, activities and answers of the stages behind the deal, and some of the one it is in."""
    behind = passed(spec, last.to_key)
    here = [stage for stage in spec.stages if stage.key == last.to_key and stage.kind is StageKind.OPEN]
    for stage in (*behind, *here):
        for criterion in (*stage.entry_criteria, *stage.exit_criteria):
            if criterion.expression is None and (stage in behind or random.random() < 0.5):
                path = f"{spec.key}/stage/{stage.key}/criterion/{criterion.key}"
                rows["criterion_mark"].append(
                    {
                        "id": demo_id(f"mark/{id}/{path}"),
                        "opportunity_id": id,
                        "criterion_id": demo_id(path),
                        "met": True,
                        "marked_at": last.at,
                        "marked_by_id": owner,
                        "evidence": None,
                    }
                )
        for activity in stage.activities:
            if stage in behind or random.random() < 0.4:
                path = f"{spec.key}/stage/{stage.key}/activity/{activity.key}"
                rows["opportunity_activity"].append(
                    {
                        "id": demo_id(f"done/{id}/{path}"),
                        "opportunity_id": id,
                        "activity_id": demo_id(path),
                        "status": ActivityStatus.COMPLETED.value,
                        "completed_at": last.at,
                        "completed_by_id": owner,
                        "note": None,
                    }
                )
    for question in spec.questions[: max(1, 2 * len(behind))]:
        rows["qualification_answer"].append(
            {
                "id": demo_id(f"answer/{id}/{question.key}"),
                "opportunity_id": id,
                "question_key": question.key,
                "answer": f"{question.label}: confirmed with the customer.",
                "answered_at": last.at,
                "answered_by_id": owner,
            }
        )
