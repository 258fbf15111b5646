"""The history of fields that an export brings: told once or again and again, put among what is remembered here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.analytics.history import deals_at
from app.database import database
from app.identity.system_viewer import SYSTEM_VIEWER
from app.imports.mapping import load
from app.imports.run import ImportRequest, run
from app.models import Playbook
from tests.app.imports.builders import TODAY, Exporter, changed, deal, moves, organization, stored, user, write_csv

NAMES = ("OpportunityId", "CreatedDate", "Field", "OldValue", "NewValue")


def told(*rows: tuple[str, str, str, str, str]) -> list[dict[str, str]]:
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


async def kept(external_id: str) -> list[tuple[Any, ...]]:
    rows = await database().fetch(
        "SELECT c.field, c.at, c.before, c.after, c.before_amount, c.before_currency, c.after_amount, c.after_currency"
        " FROM field_change c JOIN opportunity o ON o.id = c.opportunity_id WHERE o.external_id = $1"
        " AND c.field NOT IN ('stage', 'status') ORDER BY c.at, c.field",
        external_id,
    )
    return [(row["field"], f"{row['at']:%d/%m}", row["before"], row["after"]) for row in rows]


async def at(day: int, month: int, *columns: str) -> dict[str, tuple[Any, ...]]:
    moment = datetime(2026, month, day, 12, tzinfo=UTC)
    rows = await deals_at(database(), SYSTEM_VIEWER, moment, ("external_id", *columns))
    return {row["external_id"]: tuple(row[column] for column in columns) for row in rows}


HISTORY = told(
    ("1", "03/02/2026 10:00", "Amount", "", "500"),
    ("1", "10/02/2026 10:00", "Amount", "500", "750.50"),
    ("1", "20/02/2026 10:00", "CloseDate", "2026-04-30", "30/06/2026"),
    ("1", "01/03/2026 10:00", "Amount", "750.5", "1000"),
    ("1", "02/03/2026 10:00", "StageName", "Qualify", "Propose"),
    ("1", "02/03/2026 10:00", "created", "", ""),
    ("2", "05/02/2026 10:00", "NextStep", "Call", "Write"),
)


async def test_deals_are_then_as_they_were_there(export: Exporter) -> None:
    await export.run([deal("1"), deal("2")], changes=HISTORY)
    assert await kept("1") == [
        ("amount", "03/02", None, "500.00"),
        ("amount", "10/02", "500.00", "750.50"),
        ("expectedCloseDate", "20/02", "2026-04-30", "2026-06-30"),
        ("amount", "01/03", "750.50", "1000.00"),
    ]
    assert await kept("2") == [("nextStep", "05/02", "Call", "Write")]
    money = "amount", "currency"
    assert (await at(2, 2, *money))["1"] == (None, None)
    assert (await at(5, 2, *money))["1"] == (Decimal("500.00"), "USD")
    assert (await at(15, 2, *money))["1"] == (Decimal("750.50"), "USD")
    assert (await at(2, 3, *money))["1"] == (Decimal("1000.00"), "USD")
    assert str((await at(15, 2, "expected_close_date"))["1"][0]) == "2026-04-30"
    assert (await at(2, 2, "next_step"))["2"] == ("Call",)
    assert export.rejects() == []


async def test_the_same_history_again_changes_nothing(export: Exporter) -> None:
    everything = "SELECT c::text AS row FROM field_change c ORDER BY 1"
    deals = [deal("1"), deal("2")]
    await export.run(deals, changes=HISTORY)
    before = await database().fetch(everything)
    await export.run(deals, changes=HISTORY)
    assert await database().fetch(everything) == before
    await export.run(deals, changes=HISTORY[4:])  # the other system forgets what is old
    assert await database().fetch(everything) == before


async def test_what_the_next_export_changes_happened_when_it_says(export: Exporter) -> None:
    await export.run([deal("1")], changes=HISTORY[:4])
    later = told(("1", "15/05/2026 09:00", "Amount", "1000", "1200"))
    await export.run([deal("1", Amount="1200")], changes=[*HISTORY[:4], *later])
    assert (await kept("1"))[-1] == ("amount", "15/05", "1000.00", "1200.00")
    assert (await at(16, 5, "amount"))["1"] == (Decimal("1200.00"),)
    assert (await at(14, 5, "amount"))["1"] == (Decimal("1000.00"),)


async def test_what_people_changed_here_stays_and_begins_with_what_was_told(export: Exporter) -> None:
    await export.run([deal("1")])
    person = await user(await organization("alpine"), "Ana")
    async with database().transaction() as tx:
        await tx.fetch("SELECT set_config('stagepath.actor', $1, true)", str(person.id))
        await tx.fetch("SELECT set_config('stagepath.moment', '2026-03-10 10:00+00', true)")
        await tx.execute("UPDATE opportunity SET amount = 1300 WHERE external_id = '1'")
    await export.run([deal("1", Amount="1300")], changes=told(("1", "05/03/2026 10:00", "Amount", "1000", "1100")))
    assert await kept("1") == [
        ("amount", "05/03", "1000.00", "1100.00"),
        ("amount", "10/03", "1100.00", "1300.00"),
    ]


async def test_what_is_told_of_a_partners_time_is_that_partners(export: Exporter) -> None:
    """Whoever leads the deal today reads no words of the one before."""
    await export.run([deal("1")])
    partners = {name: (await organization(name)).id for name in ("alpine", "brightwater")}
    for partner, day in (("alpine", "2026-02-03"), ("brightwater", "2026-03-03")):
        async with database().transaction() as tx:
            await tx.fetch("SELECT set_config('stagepath.moment', $1, true)", f"{day} 10:00+00")
            await tx.execute("UPDATE opportunity SET partner_id = $1 WHERE external_id = '1'", partners[partner])
    rows = [("1", f"{day} 10:00", "NextStep", "", f"On {day}") for day in ("02/02/2026", "10/02/2026", "10/03/2026")]
    await export.run([deal("1", NextStep="On 10/03/2026")], changes=told(*rows))
    kept = await database().fetch("SELECT partner_id FROM field_change WHERE field = 'nextStep' ORDER BY at")
    assert [row["partner_id"] for row in kept] == [None, partners["alpine"], partners["brightwater"]]


async def test_a_currency_that_changed_goes_with_its_amounts(export: Exporter) -> None:
    columns = {**deal("1", Amount="90"), "CurrencyIsoCode": "EUR"}
    changes = told(
        ("1", "05/02/2026 10:00", "Amount", "100", "120"),
        ("1", "06/02/2026 10:00", "CurrencyIsoCode", "USD", "EUR"),
        ("1", "06/02/2026 10:00", "Amount", "120", "90"),
    )
    await export.run([columns], changes=changes)
    money = "amount", "currency"
    assert (await at(4, 2, *money))["1"] == (Decimal("100.00"), "USD")
    assert (await at(5, 2, *money))["1"] == (Decimal("120.00"), "USD")
    assert (await at(7, 2, *money))["1"] == (Decimal("90.00"), "EUR")


async def test_owners_are_the_users_they_are_here_and_others_are_not_guessed(export: Exporter) -> None:
    alpine = await organization("alpine")
    ana = await user(alpine, "Ana", external_id="salesforce:005A")
    bob = await user(alpine, "Bob", external_id="salesforce:005B")
    changes = told(
        ("1", "05/02/2026 10:00", "Owner", "005A", "005B"),
        ("1", "05/02/2026 10:00", "Owner", "Ana Adams", "Bob Brown"),
    )
    await export.run([deal("1", OwnerId="005B")], changes=changes, partner="alpine")
    rows = await database().fetch("SELECT before_owner_id, after_owner_id FROM field_change WHERE field = 'owner'")
    assert [tuple(row) for row in rows] == [(ana.id, bob.id)]
    assert (await at(4, 2, "owner_id"))["1"] == (ana.id,)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("1", "05/02/2026 10:00", "Amount", "x", "1"), "OldValue", "not a number"),
        (("1", "05/02/2026 10:00", "Amount", "1", "1.5.5"), "NewValue", "not a number"),
        (("1", "yesterday", "Amount", "1", "2"), "CreatedDate", "date"),
        (("1", "05/02/2026 10:00", "CloseDate", "", "soon"), "NewValue", "date"),
        (("9", "05/02/2026 10:00", "Amount", "1", "2"), "OpportunityId", "is not in the file of opportunities"),
    ],
)
async def test_a_row_that_cannot_be_read_is_rejected_and_its_deal_is_not(
    export: Exporter, row: tuple[str, str, str, str, str], column: str, reason: str
) -> None:
    await export.run([deal("1")], changes=told(row, ("1", "06/02/2026 10:00", "Amount", "7", "1000")))
    assert (await stored("1"))["amount"] == 1000
    assert [one[2:4] for one in await kept("1")] == [("7.00", "1000.00")]
    ((file, line, name, _, why),) = export.rejects()
    assert (file, line, name) == ("changes.csv", 2, column)
    assert why


async def test_hubspots_history_of_properties_says_what_each_took(sales: Playbook, tmp_path: Path) -> None:
    deals = [
        {"Record ID": "1", "Deal Name": "One", "Deal Stage": "Qualify", "Amount": "300", "Create Date": "2026-02-01"}
    ]
    values = [("amount", "100", "2026-02-01 10:00"), ("amount", "200", "2026-02-10 10:00")]
    values += [("amount", "300", "2026-03-01 10:00"), ("hs_priority", "high", "2026-03-01 10:00")]
    history = [{"Record ID": "1", "Property": name, "Value": value, "Timestamp": when} for name, value, when in values]

    async def imported() -> Sequence[Mapping[str, Any]]:
        files = {
            "opportunities": write_csv(tmp_path / "deals.csv", deals),
            "changes": write_csv(tmp_path / "history.csv", history),
        }
        await run(ImportRequest(load("hubspot"), files, tmp_path / "rejects.csv", "sales", at=TODAY))
        rows: Sequence[Mapping[str, Any]] = await database().fetch(
            "SELECT c::text AS row FROM field_change c ORDER BY 1"
        )
        return rows

    first = await imported()
    assert [one[1:] for one in await kept("1")] == [("10/02", "100.00", "200.00"), ("01/03", "200.00", "300.00")]
    assert (await at(5, 2, "amount"))["1"] == (Decimal("100.00"),)
    assert await imported() == first


async def test_an_export_without_a_history_leaves_what_was_told(export: Exporter) -> None:
    await export.run([deal("1")], changes=HISTORY[:4])
    before = await kept("1")
    await export.run([changed(deal("1"), NextStep="Call")])
    assert (await kept("1"))[:-1] == before


async def test_moves_of_an_import_are_kept_as_others_are(export: Exporter) -> None:
    history = moves(("1", "01/02/2026", "Qualify"), ("1", "05/02/2026", "Propose"), ("1", "09/02/2026", "Closed Won"))
    await export.run([deal("1", "Closed Won")], history)
    rows = await database().fetch("SELECT field, at, before, after FROM field_change ORDER BY at, field")
    assert [(row["field"], f"{row['at']:%d/%m}", row["before"], row["after"]) for row in rows] == [
        ("stage", "05/02", "qualify", "propose"),
        ("stage", "09/02", "propose", "closed-won"),
        ("status", "09/02", "OPEN", "WON"),
    ]
    same = "SELECT count(*) AS n FROM field_change c JOIN stage_transition t ON t.id = c.id AND t.seq = c.nth"
    assert (await database().fetch(same))[0]["n"] == 2
