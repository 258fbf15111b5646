"""What logs of the time before tell of deals' fields is there after the upgrade, once."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from app.demo.people import demo_id
from app.events import append
from app.events.facts import opportunity_updated
from app.models.columns import Uuid, new_id
from tests.schema.world import SELLER, VENDOR, Demo, deal_of

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


async def filled(demo: Demo) -> None:
    async with demo.database.transaction() as tx:
        for statement in import_module("app.migrations.0073_fill_field_changes").FILL:
            await tx.execute(statement)


async def changes(demo: Demo, deal: str) -> list[tuple[Any, ...]]:
    rows = await demo.database.fetch(
        "SELECT field, known, before, after, before_amount, after_currency, before_partner_id, before_owner_id,"
        " actor_id"
        " FROM field_change WHERE opportunity_id = $1 AND field NOT IN ('stage', 'status') ORDER BY field",
        deal,
    )
    return [tuple(row) for row in rows]


async def test_moves_handovers_corrections_and_events_are_told_once(demo: Demo) -> None:
    deal, by = Uuid((await deal_of(demo, SELLER))[4:]), demo_id(f"user/{VENDOR}")
    seller, alpine = demo_id(f"user/{SELLER}"), demo_id("org/alpine-it")
    moves = await demo.database.fetch("SELECT id FROM field_change WHERE field = 'stage' ORDER BY id")
    statuses = await demo.value("SELECT count(*) FROM field_change WHERE field = 'status'")
    await demo.database.fetch("DELETE FROM field_change")
    await demo.value(
        "INSERT INTO handover (id, opportunity_id, at, by_id, from_partner_id, to_partner_id, from_owner_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(new_id(), deal, AT, by, alpine, demo_id("org/brightwater"), seller),
    )
    for field, before, after in (("amount", "1000.00 EUR", "1200.00 USD"), ("owner", f"usr_{seller}", None)):
        await demo.value(
            "INSERT INTO correction (id, opportunity_id, field, before, after, reason, at, actor_id)"
            " VALUES ($1, $2, $3, $4, $5, 'Because', '2026-02-01', $6)",
            *(new_id(), deal, field, before, after, by),
        )
    async with demo.database.transaction() as tx:
        await append(tx, opportunity_updated(deal, fields=["nextStep", "notes"], actor_id=by))
    await demo.database.fetch("UPDATE event SET at = '2026-03-01' WHERE opportunity_id = $1", deal)
    expected = [
        ("amount", True, "1000.00", "1200.00", 1000, "USD", None, None, by),
        ("currency", True, "EUR", "USD", 1000, "USD", None, None, by),
        ("nextStep", False, None, None, None, None, None, None, by),
        ("owner", True, None, None, None, None, None, seller, by),
        ("owner", True, None, None, None, None, None, seller, by),
        ("partner", True, None, None, None, None, alpine, None, by),
    ]
    for _ in range(2):  # whatever was told is not told again
        await filled(demo)
        found = [one for one in await changes(demo, str(deal)) if one[0] != "expectedCloseDate"]
        assert found == expected
        again = await demo.database.fetch("SELECT id FROM field_change WHERE field = 'stage' ORDER BY id")
        assert [row["id"] for row in again] == [row["id"] for row in moves]
        assert await demo.value("SELECT count(*) FROM field_change WHERE field = 'status'") == statuses
