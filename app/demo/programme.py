"""The demo programme: a believable channel, the same for the same seed and day."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.demo.advice import advice_rows
from app.demo.comments import comment_rows
from app.demo.companies import account_row, companies
from app.demo.contacts import contact_rows
from app.demo.contents import content_rows
from app.demo.cosell import cosell_rows
from app.demo.handover import give, receiver
from app.demo.log import event_rows
from app.demo.market import DAYS, deals
from app.demo.people import demo_id, demo_users, organization_rows, user_rows
from app.demo.registrations import policy_row, registration_rows, repeated
from app.demo.rows import opportunity_row, team_rows, transition_rows
from app.demo.tasks import task_rows
from app.demo.work import former_rows, work_rows
from app.nouns.order import WRITING_ORDER
from app.playbooks.rows import rows_of, translated
from app.playbooks.spec import PlaybookSpec
from app.playbooks.templates import template

__all__ = ["OPPORTUNITIES", "Programme", "demo_users", "generate"]

OPPORTUNITIES = 400
SEED = 119
"""One with which each of the people who are shown first has open deals in most stages."""
PLAYBOOKS = ("it-software", "manufacturing")
Programme = dict[str, list[dict[str, Any]]]
"""Rows by table, in the order in which they can be written."""


def generate(seed: int = SEED, *, at: datetime) -> Programme:
    """Everything up to `at`, eighteen months back."""
    specs = [_spec(key) for key in PLAYBOOKS]
    began = at - timedelta(days=DAYS)
    rows: Programme = defaultdict(list)
    rows["organization"] = organization_rows(began)
    rows["user_account"] = user_rows(began)
    for spec in specs:
        _add(rows, _playbook(spec, began, at))
    rows["content"], rows["stage_content"] = content_rows(specs, began)
    customers = companies(seed)
    rows["account"] = [account_row(company, began) for company in customers]
    made = deals(seed, customers, specs, at, OPPORTUNITIES)
    for deal in made:
        rows["opportunity"].append(opportunity_row(deal))
        rows["team_member"] += team_rows(deal)
        rows["stage_transition"] += transition_rows(deal)
        rows["former_mark"] += former_rows(deal)
        for table, row in work_rows(deal):
            rows[table].append(row)
    _add(rows, contact_rows(customers, made, began))
    _add(rows, registered := registration_rows(made, at))
    repeated(rows, registered["deal_registration"])
    rows["comment"] = list(comment_rows(made))
    rows["task"] = list(task_rows(made, rows["opportunity"]))
    for deal in made:
        if (to := receiver(deal.n)) is not None:
            give(rows, deal, to)
    _add(rows, cosell_rows(rows, made))
    _add(rows, advice_rows(made, rows["content"], rows["stage_content"]))
    rows["event"] = event_rows(rows)
    return {table: rows[table] for table in WRITING_ORDER if table in rows}


def _add(rows: Programme, more: Mapping[str, list[dict[str, Any]]]) -> None:
    for table, made in more.items():
        rows[table] += made


def _spec(key: str) -> PlaybookSpec:
    found = template(key)
    assert found is not None, key
    return found.spec


def _playbook(spec: PlaybookSpec, began: datetime, at: datetime) -> Programme:
    id = demo_id(f"playbook/{spec.key}")
    row = {
        "id": id,
        "key": spec.key,
        "version": 1,
        "name": spec.name,
        "industry": spec.industry,
        "description": spec.description,
        "status": "PUBLISHED",
        "qualification_framework": spec.qualification_framework,
        "close_reasons": orjson.dumps([one.model_dump(mode="json") for one in spec.close_reasons]).decode(),
        "translations": translated(spec),
        "review_due_at": at + timedelta(days=120),
        "published_at": began,
        "created_at": began,
        "updated_at": began,
    }
    return {
        "playbook": [row],
        "registration_policy": [policy_row(spec.key, began)],
        **rows_of(spec, id, lambda path: demo_id(f"{spec.key}/{path}"), published=True),
    }
