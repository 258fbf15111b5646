"""Accounts that the export's deals are with. An import gives accounts a name and a description, and never clears them.

Deals without an account stand with one placeholder for each system, since a deal is always with somebody.
"""

from dataclasses import dataclass

import asyncpg

from app.deals.names import name_key
from app.imports.staging import UUID7

# Accounts that only deals name: the first name that a deal gives, else the id.
_NAMED_BY_DEALS = """
INSERT INTO import_account (external_id, name)
SELECT DISTINCT ON (d.account) d.account, d.account_name
FROM import_deal d JOIN import_target t USING (deal)
WHERE d.account IS NOT NULL AND NOT EXISTS (SELECT FROM import_account a WHERE a.external_id = d.account)
ORDER BY d.account, d.account_name IS NULL, d.deal
"""

_PLACEHOLDER = """
INSERT INTO import_account (external_id, name)
SELECT '', $1 WHERE EXISTS (
    SELECT FROM import_deal d JOIN import_target t USING (deal) WHERE d.account IS NULL AND NOT t.stored
)
"""

_UNKEYED = "SELECT external_id, COALESCE(name, external_id) AS name FROM import_account WHERE name_key IS NULL"
_KEY = """
UPDATE import_account i SET name_key = given.key
FROM unnest($1::text[], $2::text[]) AS given (external_id, key) WHERE i.external_id = given.external_id
"""

_UPDATE = """
UPDATE account a SET
    name = COALESCE(i.name, a.name), industry = COALESCE(i.industry, a.industry),
    country = COALESCE(i.country, a.country), employees = COALESCE(i.employees, a.employees),
    annual_revenue = COALESCE(i.annual_revenue, a.annual_revenue), name_key = COALESCE(i.name_key, a.name_key),
    version = a.version + 1
FROM import_account i
WHERE a.external_id = $1 || ':' || i.external_id AND i.external_id <> ''
    AND (a.name, a.industry, a.country, a.employees, a.annual_revenue) IS DISTINCT FROM (
        COALESCE(i.name, a.name), COALESCE(i.industry, a.industry), COALESCE(i.country, a.country),
        COALESCE(i.employees, a.employees), COALESCE(i.annual_revenue, a.annual_revenue))
"""

_INSERT = f"""
INSERT INTO account (id, external_id, name, name_key, industry, country, employees, annual_revenue, created_at)
SELECT {UUID7}, $1 || ':' || i.external_id, COALESCE(i.name, i.external_id), i.name_key, i.industry, i.country,
    i.employees, i.annual_revenue, now()
FROM import_account i
WHERE NOT EXISTS (SELECT FROM account a WHERE a.external_id = $1 || ':' || i.external_id)
ORDER BY i.external_id
"""  # noqa: S608 (the text is a constant)

_WITHOUT = """
SELECT count(*) FROM import_deal d JOIN import_target t USING (deal) WHERE d.account IS NULL
"""


@dataclass(frozen=True, slots=True)
class AccountCounts:
    created: int
    updated: int
    deals_without: int


async def write(connection: asyncpg.Connection, system: str, placeholder: str) -> AccountCounts:
    await connection.execute(_NAMED_BY_DEALS)
    await connection.execute(_PLACEHOLDER, placeholder)
    named = await connection.fetch(_UNKEYED)
    await connection.execute(_KEY, [row["external_id"] for row in named], [name_key(row["name"]) for row in named])
    await connection.execute("ANALYZE import_account")
    updated = await connection.execute(_UPDATE, system)
    created = await connection.execute(_INSERT, system)
    without = await connection.fetchval(_WITHOUT)
    return AccountCounts(created=affected(created), updated=affected(updated), deals_without=without)


def affected(status: str) -> int:
    """The number in a command's tag, such as `INSERT 0 42`."""
    return int(status.rpartition(" ")[2])
