"""A form knows beforehand what may be changed: `updateOpportunity` refuses exactly what `editableFields` excludes."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from app.deals.update import update
from app.demo.people import demo_id
from app.idempotency import in_vain
from app.models.columns import new_id
from app.outcomes import Refused
from app.vocabulary import DealType, ForecastCategory, OpportunitySource
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, person

FORM = "query($id: ID!) { opportunity(id: $id) { status editableFields requiredFields } }"
FIELDS = (
    *(
        "account",
        "amount",
        "closedAt",
        "dealType",
        "forecastCategory",
        "expectedCloseDate",
        "name",
        "nextStep",
        "notes",
        "owner",
        "partner",
    ),
    *("owner", "partner", "qualification", "source"),
)
SAMPLED = 12


async def change_of(demo: Demo, id: UUID, field: str) -> dict[str, Any]:
    """Another value than the deal has."""
    row = (await demo.database.fetch("SELECT * FROM opportunity WHERE id = $1", id))[0]
    colleague, other = (demo_id(f"user/{name}") for name in (COLLEAGUE, SELLER))
    source = OpportunitySource.CO_SELL if row["source"] != "CO_SELL" else OpportunitySource.VENDOR
    moved = (row["closed_at"] or datetime.now(UTC)) + timedelta(seconds=1)
    changes: dict[str, dict[str, Any]] = {
        "account": {"account_name": "Quite another customer"},
        "amount": {"amount": ((row["amount"] or 0) + 1, "EUR")},
        "closedAt": {"closed_at": moved},
        "expectedCloseDate": {
            "expected_close_date": (row["expected_close_date"] or datetime.now(UTC).date()) + timedelta(1)
        },
        "name": {"name": f"{row['name']} again"},
        "nextStep": {"next_step": "Quite another step"},
        "notes": {"notes": "Quite other notes"},
        "owner": {"owner_id": other if row["owner_id"] == colleague else colleague},
        "partner": {"partner_id": None},
        "qualification": {"qualification": [("economic-buyer", "Quite another buyer")]},
        "source": {"source": source},
        "forecastCategory": {
            "forecast_category": ForecastCategory.COMMIT
            if row["forecast_category"] != "COMMIT"
            else ForecastCategory.BEST_CASE
        },
        "dealType": {"deal_type": DealType.RENEWAL if row["deal_type"] != "RENEWAL" else DealType.EXPANSION},
    }
    return changes[field]


async def deals(demo: Demo) -> list[UUID]:
    """Open and closed ones of the seller's partner, those with the most confirmations first."""
    rows = await demo.database.fetch(
        "(SELECT o.id FROM opportunity o JOIN playbook p ON p.id = o.playbook_id LEFT JOIN criterion_mark m"
        " ON m.opportunity_id = o.id WHERE o.partner_id = $1 AND o.owner_id = $2 AND o.status = 'OPEN'"
        " AND p.key = 'it-software' GROUP BY o.id ORDER BY count(m.id) DESC, o.id LIMIT $3)"
        " UNION ALL (SELECT id FROM opportunity WHERE partner_id = $1 AND owner_id = $2 AND status <> 'OPEN'"
        " ORDER BY id LIMIT 2)",
        *(demo_id("org/alpine-it"), demo_id(f"user/{SELLER}"), SAMPLED),
    )
    return [row["id"] for row in rows]


async def agrees(demo: Demo, who: str, id: UUID) -> list[str]:
    """The fields that are listed, after each was tried: what isn't among them is refused, and nothing else."""
    viewer = await person(who)
    listed: list[str] = (await demo.run(FORM, who, id=f"opp_{id}"))["opportunity"]["editableFields"]
    assert listed == sorted(listed)
    for field in FIELDS:
        given = await change_of(demo, id, field)
        outcome = await in_vain(partial(update, viewer, id, given, reason="It was wrong"))
        assert isinstance(outcome, Refused) is (field not in listed), (who, id, field, outcome)
    return listed


@pytest.mark.parametrize("who", [SELLER, MANAGER, VENDOR])
async def test_a_change_is_refused_exactly_where_the_field_is_not_listed(demo: Demo, who: str) -> None:
    await demo.value(
        "UPDATE criterion SET locks = ARRAY['amount', 'account', 'nextStep'], confirmed_by = 'PARTNER_MANAGER'"
    )
    await demo.value("UPDATE criterion_mark SET met = TRUE, confirmed_as = 'VENDOR'")
    seen = {tuple(await agrees(demo, who, id)) for id in await deals(demo)}
    assert len(seen) > 1


@pytest.mark.parametrize("access", ["READ", "EDIT"])
async def test_so_it_is_for_a_partner_who_sells_along(demo: Demo, access: str) -> None:
    id = (await deals(demo))[0]
    await demo.value("DELETE FROM criterion_mark WHERE opportunity_id = $1", id)
    await demo.value(
        "INSERT INTO deal_partner (id, opportunity_id, partner_id, access, status) VALUES ($1, $2, $3, $4, 'ACCEPTED')",
        *(new_id(), id, demo_id("org/brightwater"), access),
    )
    listed = await agrees(demo, "Aoife Byrne", id)
    assert ("nextStep" in listed) is (access == "EDIT")
    assert {"owner", "partner", "account"}.isdisjoint(listed)


async def test_whoever_may_change_nothing_has_no_fields_and_others_none_of_what_they_do_not_see(demo: Demo) -> None:
    id = f"opp_{(await deals(demo))[0]}"
    assert (await demo.run(FORM, RIVAL, id=id))["opportunity"] is None
    suspend = "mutation($input: UpsertPartnerInput!) { upsertPartner(input: $input) { partner { status } } }"
    await demo.run(suspend, VENDOR, input={"partnerId": f"ptr_{demo_id('org/alpine-it')}", "status": "SUSPENDED"})
    assert (await demo.run(FORM, SELLER, id=id))["opportunity"]["editableFields"] == []


async def test_what_a_stage_asks_to_be_filled_in_is_required(demo: Demo) -> None:
    id = (await deals(demo))[0]
    await demo.value("UPDATE criterion SET check_kind = 'MANUAL', expression = NULL")
    exit_of = (
        "UPDATE criterion SET check_kind = 'EXPRESSION', expression = $1, required = TRUE WHERE id = (SELECT c.id FROM"
        " criterion c JOIN opportunity o ON o.stage_id = c.stage_id WHERE o.id = $2 AND c.phase = 'EXIT' LIMIT 1)"
    )

    async def required(expression: str) -> Any:
        await demo.value(exit_of, expression, id)
        await demo.value("UPDATE playbook SET updated_at = clock_timestamp()")
        return (await demo.run(FORM, SELLER, id=f"opp_{id}"))["opportunity"]["requiredFields"]

    assert await required("deal.amount > 5.0 && deal.closeDate != null") == ["amount", "expectedCloseDate"]
    assert await required("has(deal.qualification.buyer) && deal.account.industry != null") == [
        "account.industry",
        "qualification.buyer",
    ]
    assert await required("deal.daysInStage > 3") == []
    assert await required("deal.amount > 5.0 || deal.daysInStage >= 0") == []
