"""All of a person comes out on request, and goes on request: no name and no address is left anywhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from typer.testing import Result

from app.audit import Entry, add
from app.audit.chain import Broken, seal, verify
from app.audit.digests import digest, salt_of
from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.members.users import upsert_user
from app.models.columns import new_id
from app.privacy.erase import Erased, Kept, erase
from app.privacy.export import export
from app.privacy.owner import as_owner
from app.privacy.person import CONTACT, NoSuchPerson
from app.privacy.person import USER as USERS
from tests.app.upkeep.test_members import run as run
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo
from tests.tables import contents_of_all_tables, tables_with

ADDRESS = "jonas.frei@alpine-it.example"
USER = demo_id(f"user/{SELLER}")
FIRST, LAST = SELLER.split()
SPELLINGS = (
    *(SELLER, SELLER.upper(), SELLER.replace(" ", "  "), SELLER.replace(" ", "\n"), ADDRESS, ADDRESS.upper()),
    *(SELLER.replace(" ", "\u00a0"), f"{SELLER}s", f"{SELLER}’s", f"{LAST}, {FIRST}", f"{FIRST} {LAST.upper()}"),
)


async def erased(demo: Demo, table: str, id: UUID) -> Erased:
    async with as_owner(demo.database) as tx:
        return await erase(tx, table, id)


async def exported(demo: Demo, table: str, id: UUID) -> dict[str, Any]:
    async with as_owner(demo.database) as tx:
        return await export(tx, table, id)


async def spoken_of(demo: Demo) -> None:
    """All deals are the user's, and texts of every kind speak of them."""
    await demo.value("UPDATE opportunity SET owner_id = $1, partner_id = $2", USER, demo_id("org/alpine-it"))
    for n, spelling in enumerate(SPELLINGS):
        await demo.value(
            "UPDATE opportunity SET notes = $1, next_step = $1 WHERE id = $2",
            f"Met ({spelling}), who liked it. Jonas Brandt didn't.",
            demo_id(f"opportunity/{n}"),
        )
    said = "Ask:\n" + "\n".join(SPELLINGS)
    deal = demo_id("opportunity/9")
    await demo.value("UPDATE stage_transition SET reason = $1 WHERE opportunity_id = $2", said, deal)
    await demo.value(
        "UPDATE recommendation SET readings = jsonb_build_array($1::text) WHERE opportunity_id = $2", said, deal
    )
    await demo.value("UPDATE next_best_action SET evidence = jsonb_build_object('q', $1::text), title = $1", said)
    await demo.value("UPDATE organization SET regions = ARRAY[$1, 'AT'] WHERE key = 'ferrum'", "DACH")
    await demo.value(
        "UPDATE content SET audience = ARRAY[$1, 'GOLD'] WHERE id = (SELECT min(id::text)::uuid FROM content)", said
    )
    await demo.value("UPDATE event SET payload = payload || jsonb_build_object('by', $1::text) WHERE seq = 5", said)
    await demo.value(
        "INSERT INTO comment (id, opportunity_id, author_id, organization_id, audience, body)"
        " VALUES ($1, $2, $3, $4, 'EVERYONE_ON_IT', 'I am at home'), ($5, $2, $6, $7, 'EVERYONE_ON_IT', $8)",
        *(new_id(), deal, USER, demo_id("org/alpine-it"), new_id()),
        *(demo_id(f"user/{VENDOR}"), demo_id("org/northlight"), said),
    )


async def test_of_an_erased_user_no_name_and_no_address_is_left_and_the_chain_holds(demo: Demo) -> None:
    await spoken_of(demo)
    # As a version of before might have written it.
    await add(
        demo.database, Entry("USER_CHANGED", None, f"usr_{USER}", {"name": f"\n{SELLER}", "email": f"\n{ADDRESS}"})
    )
    await add(demo.database, Entry("OTHER", None, None, {"n": 1}))
    await seal(demo.database)
    kept = (await verify(demo.database)).head
    counted = "SELECT (SELECT count(*) FROM opportunity WHERE owner_id = $1), (SELECT sum(amount) FROM opportunity)"
    before = await demo.database.fetch(counted, USER)
    assert before[0]["count"] == 400

    done = await erased(demo, USERS, USER)
    for text in (*SPELLINGS, "jonas frei", "I am at home"):
        assert await tables_with(demo.database, text) == [], text
        assert text not in str(done)
    assert await demo.database.fetch(counted, USER) == before
    assert await viewer_of(str(USER)) is None
    notes = await demo.value("SELECT notes FROM opportunity WHERE id = $1", demo_id("opportunity/0"))
    assert notes == "Met ([erased]), who liked it. Jonas Brandt didn't."
    owner = await demo.run("{ opportunities(first: 1) { nodes { owner { name email active } } } }", MANAGER)
    assert owner["opportunities"]["nodes"] == [{"owner": {"name": "Erased user", "email": None, "active": False}}]

    await seal(demo.database)
    found = await verify(demo.database, kept)
    assert [(one.number, one.entries) for one in found.resealed] == [(kept.number - 1, 1)]
    assert found.head_is_former


async def test_a_reseal_that_no_entry_tells_of_is_no_reseal(demo: Demo) -> None:
    await add(demo.database, Entry("A"))
    await seal(demo.database)
    async with as_owner(demo.database) as tx:
        await tx.execute("ALTER TABLE audit_seal DISABLE TRIGGER USER")
        await tx.execute("UPDATE audit_seal SET former_hashes = hash")
    with pytest.raises(Broken, match="no entry says why"):
        await verify(demo.database)


async def test_an_export_holds_what_is_known_of_a_user(demo: Demo) -> None:
    await spoken_of(demo)
    document = json.loads(orjson.dumps(await exported(demo, USERS, USER), default=str))
    assert document["person"]["email"] == ADDRESS
    assert len(document["rows"]["opportunity.owner_id"]) == 400
    assert [row["body"] for row in document["rows"]["comment.author_id"]][-1] == "I am at home"
    assert document["rows"]["event"]
    assert {"opportunity", "stage_transition", "comment", "content"} <= document["texts"].keys()
    assert await demo.value("SELECT count(*) FROM audit_entry WHERE action = 'PERSON_EXPORTED'") == 1


async def test_a_contact_is_emptied_and_stays_in_their_deals(demo: Demo) -> None:
    row = (
        await demo.database.fetch(
            "SELECT c.id, c.name, c.email, c.phone FROM contact c JOIN opportunity_contact l ON l.contact_id = c.id"
            " LIMIT 1"
        )
    )[0]
    taking_part = "SELECT count(*) FROM opportunity_contact WHERE contact_id = $1"
    before = await demo.value(taking_part, row["id"])
    document = await exported(demo, CONTACT, row["id"])
    assert document["person"]["name"] == row["name"]
    await erased(demo, CONTACT, row["id"])
    for text in (row["name"], row["email"], row["phone"]):
        left = await tables_with(demo.database, text)
        assert left == [] or text == row["name"]  # somebody else may be called so
    assert await demo.value("SELECT name FROM contact WHERE id = $1", row["id"]) == "Erased contact"
    assert await demo.value(taking_part, row["id"]) == before > 0


async def test_the_audit_log_tells_of_values_by_salted_digests(demo: Demo) -> None:
    await upsert_user(None, {"name": "Jo Frey", "email": "jo@example.com"}, user_id=USER)
    detail = json.loads(await demo.value("SELECT detail::text FROM audit_entry ORDER BY seq DESC LIMIT 1"))
    salt = await salt_of(demo.database, USER)
    assert detail["digests"] == {
        "name": digest(salt, "name", "Jo Frey"),
        "email": digest(salt, "email", "jo@example.com"),
    }
    assert digest(salt, "name", "x") != digest(salt, "email", "x")
    assert await tables_with(demo.database, "jo@example.com") == ["user_account"]
    await erased(demo, USERS, USER)
    assert await demo.value("SELECT count(*) FROM person_salt WHERE person_id = $1", USER) == 0


async def test_the_last_administrator_stays_and_who_is_nobody_is_said_so(demo: Demo) -> None:
    before = await contents_of_all_tables(demo.database)
    with pytest.raises(Kept, match="last administrator"):
        await erased(demo, USERS, demo_id("user/Ingrid Solberg"))
    for table in (USERS, CONTACT):
        with pytest.raises(NoSuchPerson):
            await erased(demo, table, new_id())
        with pytest.raises(NoSuchPerson):
            await exported(demo, table, new_id())
    assert await contents_of_all_tables(demo.database) == before


def test_the_commands(run: Callable[..., Result], tmp_path: Path) -> None:
    made = run("admin", "create", "--name", "Ada Okafor", "--email", "ada@example.com", "--vendor", "Northwind")
    run("admin", "create", "--name", "Bo Li", "--email", "bo@example.com", "--another")
    ada, out = made.output.split()[-1], tmp_path / "ada.json"
    assert run("privacy", "export", "--user", f"usr_{ada}", "--out", str(out)).exit_code == 0
    assert json.loads(out.read_text())["person"]["email"] == "ada@example.com"
    erasing = run("privacy", "erase", "--user", ada)
    assert erasing.exit_code == 0, erasing.output
    assert f"Erased usr_{ada}" in erasing.output
    assert "Ada" not in erasing.output
    assert "ada@example.com" not in run("users", "list").output
    assert "The chain is intact" in run("audit", "verify").output
    last = run("users", "list").output.split("Bo Li")[0].split()[-1]
    assert run("privacy", "erase", "--user", last).exit_code == 1
    for words in ((), ("--user", "x"), ("--user", ada, "--contact", ada)):
        assert run("privacy", "export", *words).exit_code == 2


async def test_what_they_wrote_in_tasks_goes_and_so_does_the_address_of_their_calendar(demo: Demo) -> None:
    await demo.value("DELETE FROM task")
    whose = (demo_id("org/alpine-it"), USER)
    insert = (
        "INSERT INTO task (id, organization_id, from_organization_id, created_by_id, assignee_id, title, description,"
        " source) VALUES ($1, $2, $2, $3, $3, $4, 'Iridium details', $5)"
    )
    for source in ("PERSON", "AUTOMATION"):
        await demo.value(insert, new_id(), *whose, f"Tungsten title of {source}", source)
    await demo.value("INSERT INTO calendar_feed (id, user_id, secret_hash) VALUES ($1, $2, 'x')", new_id(), USER)
    document = await exported(demo, USERS, USER)
    assert len(document["rows"]["task.created_by_id"]) == 2
    assert "secret_hash" not in document["rows"]["calendar_feed.user_id"][0]
    await erased(demo, USERS, USER)
    left = await demo.database.fetch("SELECT title, description FROM task ORDER BY source")
    assert [tuple(row) for row in left] == [("Tungsten title of AUTOMATION", "Iridium details"), ("Erased", None)]
    assert await demo.value("SELECT count(*) FROM calendar_feed") == 0
