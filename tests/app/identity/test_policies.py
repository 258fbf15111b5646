"""Each policy of the wall by itself: what it lets through and holds of every standing, and that a test would see if it
held nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from app.database.rls import SETTING, WALLED
from app.demo.people import demo_id
from app.identity.rls_policies import is_internal, policy, rls_setting, tables_with_policies
from app.identity.viewer import Viewer
from app.vocabulary import OrganizationKind, Role
from tests.copies import administer, with_database
from tests.samples import LACKING, MANAGER, SAMPLES, SELLER, STANDINGS, THEIRS, Samples, key_of

DATABASE = "policies"

OF_A_DEAL = {SELLER: {"own", "shared"}, MANAGER: {"own", "shared", "colleague", "joint"}}
SEEN = {
    "user_account": {SELLER: {"own", "colleague"}, MANAGER: {"own", "colleague"}},
    **{
        table: {SELLER: set[str](), MANAGER: {"own"}}
        for table in ("api_client", "webhook_endpoint", "webhook_delivery", "forecast_snapshot", "forecast_basis")
    },
    # A seller's own, and all of the organisation's for its managers.
    **{table: {SELLER: {"own"}, MANAGER: {"own", "colleague"}} for table in ("sales_target", "forecast_submission")},
    # What was said on the way is for who leads the deal.
    "former_mark": {SELLER: {"own", "shared"}, MANAGER: {"own", "shared", "colleague"}},
    "correction": {SELLER: {"own", "shared"}, MANAGER: {"own", "shared", "colleague"}},
    "field_change": {SELLER: {"own", "shared"}, MANAGER: {"own", "shared", "colleague"}},
    "prediction": {SELLER: {"own", "shared"}, MANAGER: {"own", "shared", "colleague"}},
    # Of the partner's own deals, or of a competitor's.
    "prediction_model": {SELLER: {"own"}, MANAGER: {"own"}},
    # Registrations are their partner's.
    **{
        table: {SELLER: {"own", "shared"}, MANAGER: {"own", "shared", "colleague"}}
        for table in ("deal_registration", "change_request", "registration_extension", "registration_step")
    },
    # Who leads the deal that is sold together is known, and none of their people.
    "organization": {SELLER: {"own"}, MANAGER: {"own", "joint"}},
    # Sums are of whole deals' owners.
    **{
        table: {SELLER: {"own"}, MANAGER: {"own", "colleague"}}
        for table in ("deal_rollup", "age_rollup", "rollup_change")
    },
    # A person's are nobody else's, whatever they are about.
    **{
        table: {SELLER: {"own"}, MANAGER: set[str]()}
        for table in (
            *("client_mutation", "notification", "inbox"),
            *("notification_preference", "notification_setting"),
        )
    },
    # The vendor's choices for its own people.
    "notification_default": {SELLER: set[str](), MANAGER: set[str]()},
}
"""Which samples are seen through the policy, where it isn't as of a deal."""
NOTHING: dict[str, set[str]] = {SELLER: set(), MANAGER: set()}


def seen_through(table: str) -> dict[str, set[str]]:
    if is_internal(table) or policy(table) == "FALSE":
        return NOTHING
    return SEEN.get(table, OF_A_DEAL)


def test_every_table_has_a_sample_of_every_standing() -> None:
    assert sorted(SAMPLES) == tables_with_policies()


def test_the_samples_are_of_every_standing(samples: Samples) -> None:
    for table in tables_with_policies():
        assert samples.keys[table].keys() == {*STANDINGS} - LACKING.get(table, frozenset()), table


@pytest.fixture(scope="module")
def url(postgres: str, sampled_template: tuple[str, Samples]) -> Iterator[str]:
    """A database that no test changes."""
    asyncio.run(administer(postgres, f"CREATE DATABASE {DATABASE} TEMPLATE {sampled_template[0]}"))
    yield with_database(postgres, DATABASE)
    asyncio.run(administer(postgres, f"DROP DATABASE {DATABASE} WITH (FORCE)"))


@pytest.fixture
async def owner(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the tables' owner, in a transaction that is rolled back."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


def setting_of(name: str) -> str:
    """What the policies are told of a person who reads."""
    role = Role.PARTNER_MANAGER if name == MANAGER else Role.PARTNER_SELLER
    organization = demo_id(f"org/{THEIRS}")
    seen = rls_setting(Viewer(demo_id(f"user/{name}"), organization, OrganizationKind.PARTNER, role))
    assert seen is not None
    return seen.reading


async def standings_seen(owner: asyncpg.Connection, name: str, table: str, samples: Samples) -> set[str]:
    await owner.execute("SELECT set_config($1, $2, true)", SETTING, setting_of(name))
    await owner.execute(f"SET LOCAL ROLE {WALLED}")
    rows = await owner.fetch(f"SELECT {key_of(table)}::text AS key FROM {table}")
    await owner.execute("SET LOCAL ROLE NONE")
    seen = {row["key"] for row in rows}
    return {standing for standing, key in samples.keys[table].items() if key in seen}


@pytest.mark.parametrize("table", tables_with_policies())
async def test_a_policy_holds_what_it_is_for_and_would_be_missed(
    owner: asyncpg.Connection, samples: Samples, table: str
) -> None:
    for name, expected in seen_through(table).items():
        assert await standings_seen(owner, name, table, samples) == expected, name
    await owner.execute(f"ALTER POLICY walled ON {table} USING (TRUE)")
    for name, expected in seen_through(table).items():
        found = await standings_seen(owner, name, table, samples)
        assert found == samples.keys[table].keys(), name
        assert "foreign" in found - expected


async def changed(owner: asyncpg.Connection, statement: str, key: str) -> int:
    """How many rows the seller changes; -1: the wall refuses."""
    await owner.execute("SELECT set_config($1, $2, true)", SETTING, setting_of(SELLER))
    savepoint = owner.transaction()
    await savepoint.start()
    try:
        await owner.execute(f"SET LOCAL ROLE {WALLED}")
        return len(await owner.fetch(f"{statement} RETURNING id", key))
    except asyncpg.InsufficientPrivilegeError:
        return -1
    finally:
        await savepoint.rollback()


OWN = {"user_account": "language = 'fr'", "notification": "read_at = now()", "inbox": "unread = 0"}


@pytest.mark.parametrize("table", OWN)
async def test_people_change_what_is_theirs_of_their_own_row_alone(
    owner: asyncpg.Connection, samples: Samples, table: str
) -> None:
    statement = f"UPDATE {table} SET {OWN[table]} WHERE id = $1"
    rows = samples.keys[table]
    assert {standing: await changed(owner, statement, key) for standing, key in rows.items()} == {
        "own": 1,
        "colleague": 0,
        "foreign": 0,
    }
    await owner.execute(f"ALTER POLICY own ON {table} USING (TRUE) WITH CHECK (TRUE)")
    await owner.execute(f"ALTER POLICY walled ON {table} USING (TRUE)")
    assert await changed(owner, statement, rows["colleague"]) == 1


async def test_playbooks_are_locked_and_never_changed(owner: asyncpg.Connection, samples: Samples) -> None:
    own = samples.of("playbook", "own")
    assert await changed(owner, "UPDATE playbook SET name = 'x' WHERE id = $1", own) == -1
    await owner.execute("ALTER POLICY lockable ON playbook WITH CHECK (TRUE)")
    assert await changed(owner, "UPDATE playbook SET name = 'x' WHERE id = $1", own) == 1


async def test_there_is_no_other_policy(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT tablename::text, policyname::text FROM pg_policies WHERE $1 = ANY (roles) OR 'public' = ANY (roles)",
        WALLED,
    )
    tested = {(table, "walled") for table in tables_with_policies()} | {
        *((table, "own") for table in OWN),
        ("playbook", "lockable"),
    }
    # Servers of the version before read shares, of which there are no new ones.
    assert {(row["tablename"], row["policyname"]) for row in rows} == tested | {("opportunity_share", "walled")}
