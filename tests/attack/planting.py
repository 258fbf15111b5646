"""Conditions and templates as a playbook manager saves them, and the queries that then evaluate them."""

import json
import time
import uuid
from collections.abc import Iterable
from typing import Any

from tests.attack.ledger import Ledger
from tests.attack.posting import PATIENCE
from tests.attack.target import Target
from tests.attack.wire import json_headers, request

_CREATE = "mutation($i: CreatePlaybookInput!) { createPlaybook(input: $i) { playbook { id } userErrors { code } } }"
_UPDATE = "mutation($i: UpdatePlaybookInput!) { updatePlaybook(input: $i) { playbook { id } userErrors { code } } }"
_PUBLISH = "mutation($i: PublishPlaybookInput!) { publishPlaybook(input: $i) { playbook { id } userErrors { code } } }"
_REGISTER = """mutation($i: CreateOpportunityInput!) {
  createOpportunity(input: $i) { opportunity { id } userErrors { code } }
}"""
_RULE = "mutation($i: UpsertGuidanceRuleInput!) { upsertGuidanceRule(input: $i) { rule { id } userErrors { code } } }"
_REMOVE = "mutation($i: RemoveGuidanceRuleInput!) { removeGuidanceRule(input: $i) { userErrors { code } } }"
_CRITERIA = "query($d: ID!) { opportunity(id: $d) { criteria(scope: ALL) { met } allowedTransitions { allowed } } }"
_ADVICE = """query($d: ID!) { opportunity(id: $d) {
  recommendations(first: 20, refresh: true) { actions { title rationale } }
} }"""


async def ask(target: Target, ledger: Ledger, document: str, variables: dict[str, Any], who: str) -> dict[str, Any]:
    """The first field's value; what it took and said goes into the ledger."""
    line = await target.line()
    body = json.dumps({"query": document, "variables": variables}).encode()
    began = time.monotonic()
    ledger.sent += 1
    try:
        await line.send(request(headers=json_headers(target.token(who)), body=body))
        answer = await line.answer(within=PATIENCE)
    finally:
        line.close()
    ledger.answered(answer, time.monotonic() - began)
    data: dict[str, Any] = (answer is not None and answer.is_json and json.loads(answer.body).get("data")) or {}
    return next((value for value in data.values() if isinstance(value, dict)), {})


async def conditions(target: Target, ledger: Ledger, texts: Iterable[str], notes: str, times: int = 3) -> None:
    """Each saved as the criterion of a playbook of its own, and evaluated for a deal with such notes."""
    for text in texts:
        playbook = await _published(target, ledger, text)
        if playbook is None:
            ledger.statuses["not saved"] += 1
            continue
        changes = {"name": "x", "accountName": "x", "playbookKey": playbook, "notes": notes, "nextStep": notes[:900]}
        deal = (await ask(target, ledger, _REGISTER, {"i": changes}, "seller")).get("opportunity")
        if deal is None:
            continue
        for _ in range(times):
            await ask(target, ledger, _CRITERIA, {"d": deal["id"]}, "seller")


async def _published(target: Target, ledger: Ledger, text: str) -> str | None:
    """The key of a playbook with this condition; None where it was refused."""
    key = f"x{uuid.uuid4().hex[:12]}"
    draft = (await ask(target, ledger, _CREATE, {"i": {"key": key, "name": "x"}}, "admin")).get("playbook")
    if draft is None:
        return None
    stages = [_stage("one", text), _stage("two", None), _closed("won", "WON", 1.0), _closed("lost", "LOST", 0.0)]
    saved = await ask(target, ledger, _UPDATE, {"i": {"playbookId": draft["id"], "stages": stages}}, "admin")
    if not saved.get("playbook"):
        return None
    done = await ask(target, ledger, _PUBLISH, {"i": {"playbookId": draft["id"]}}, "admin")
    return key if done.get("playbook") else None


def _stage(key: str, text: str | None) -> dict[str, Any]:
    criteria = [{"key": f"{key}-criterion", "description": "It holds.", "expression": text}]
    return {
        **_closed(key, "OPEN", 0.1 if key == "one" else 0.2),
        "forecastCategory": "PIPELINE",
        "exitCriteria": criteria,
    }


def _closed(key: str, kind: str, chance: float) -> dict[str, Any]:
    category = "CLOSED" if kind == "WON" else "OMITTED"
    known = {"key": key, "name": f"Stage {key}", "definition": "The buyer has said so.", "kind": kind}
    return {**known, "forecastCategory": category, "winProbability": chance}


async def rules(target: Target, ledger: Ledger, changes: Iterable[dict[str, Any]], times: int = 3) -> None:
    """Each a guidance rule with this condition, title or rationale, worked out for a deal and removed again."""
    deal = target.deals[0]
    place = {"playbookKey": deal["playbook"]["key"], "stageKey": deal["stage"]["key"]}
    known = {
        "key": "attack",
        "condition": "deal.quietDays >= 0",
        "title": "{{ deal.name }}",
        "rationale": "{{ deal.name }}",
    }
    for change in changes:
        rule = (await ask(target, ledger, _RULE, {"i": known | place | change}, "admin")).get("rule")
        if rule is None:
            ledger.statuses["not saved"] += 1
            continue
        for _ in range(times):
            await ask(target, ledger, _ADVICE, {"d": deal["id"]}, "seller")
        await ask(target, ledger, _REMOVE, {"i": {"ruleId": rule["id"]}}, "admin")
