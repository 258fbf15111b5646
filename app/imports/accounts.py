"""Accounts that the export's deals are with. An import gives accounts a name and a description, and never clears them.

One that was imported before is known by its id, also where it was merged into another. Any other is found by its name,
however it is spelt, among those that deals of this import may be with: the partner's own and the vendor's that it has
deals with, or the vendor's where the import has no partner. Two ids of one export are two customers, also where they
are called alike.

Deals without an account stand with one placeholder for each system, since a deal is always with somebody.
"""

from dataclasses import dataclass
from uuid import UUID

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

_STORED = """
UPDATE import_account i SET account_id = a.id FROM account a WHERE a.external_id = $1 || ':' || i.external_id
"""

# What is merged says nothing of the account that it went into.
_MERGED = """
UPDATE import_account i SET account_id = m.kept_id, merged = TRUE FROM account_merge m
WHERE i.account_id IS NULL AND m.external_id = $1 || ':' || i.external_id AND m.undone_at IS NULL
"""

_NAMED = """
WITH meant AS (
    SELECT DISTINCT ON (i.external_id) i.external_id, a.id
    FROM import_account i JOIN account a ON a.name_key = i.name_key
    WHERE i.account_id IS NULL AND i.external_id <> ''
        AND (a.external_id IS NULL OR NOT starts_with(a.external_id, $1 || ':') AND a.external_id NOT LIKE '%:')
        AND (a.partner_id IS NOT DISTINCT FROM $2 OR a.partner_id IS NULL
            AND EXISTS (SELECT FROM opportunity o WHERE o.account_id = a.id AND o.partner_id = $2))
    ORDER BY i.external_id, a.partner_id IS NULL, a.industry IS NULL, a.id
), first AS (
    SELECT DISTINCT ON (id) id, external_id FROM meant ORDER BY id, external_id
)
UPDATE import_account i SET account_id = f.id FROM first f WHERE i.external_id = f.external_id
"""

_ADOPT = """
UPDATE account a SET external_id = $1 || ':' || i.external_id FROM import_account i
WHERE a.id = i.account_id AND a.external_id IS NULL AND NOT i.merged
"""

_UPDATE = """
UPDATE account a SET
    name = COALESCE(i.name, a.name), industry = COALESCE(i.industry, a.industry),
    country = COALESCE(i.country, a.country), employees = COALESCE(i.employees, a.employees),
    annual_revenue = COALESCE(i.annual_revenue, a.annual_revenue), name_key = COALESCE(i.name_key, a.name_key),
    version = a.version + 1
FROM import_account i
WHERE a.id = i.account_id AND i.external_id <> '' AND NOT i.merged
    AND (a.name, a.industry, a.country, a.employees, a.annual_revenue) IS DISTINCT FROM (
        COALESCE(i.name, a.name), COALESCE(i.industry, a.industry), COALESCE(i.country, a.country),
        COALESCE(i.employees, a.employees), COALESCE(i.annual_revenue, a.annual_revenue))
"""

_INSERT = f"""
WITH made AS (
    INSERT INTO account (id, external_id, name, name_key, industry, country, employees, annual_revenue, created_at)
    SELECT {UUID7}, $1 || ':' || i.external_id, COALESCE(i.name, i.external_id), i.name_key, i.industry, i.country,
        i.employees, i.annual_revenue, now()
    FROM import_account i WHERE i.account_id IS NULL ORDER BY i.external_id
    RETURNING id, external_id
)
UPDATE import_account i SET account_id = made.id FROM made WHERE made.external_id = $1 || ':' || i.external_id
"""  # noqa: S608 (the text is a constant)

_WITHOUT = """
SELECT count(*) FROM import_deal d JOIN import_target t USING (deal) WHERE d.account IS NULL
"""


@dataclass(frozen=True, slots=True)
class AccountCounts:
    created: int
    updated: int
    deals_without: int


async def write(
    connection: asyncpg.Connection, system: str, placeholder: str, partner_id: UUID | None
) -> AccountCounts:
    await connection.execute(_NAMED_BY_DEALS)
    await connection.execute(_PLACEHOLDER, placeholder)
    named = await connection.fetch(_UNKEYED)
    await connection.execute(_KEY, [row["external_id"] for row in named], [name_key(row["name"]) for row in named])
    await connection.execute("ANALYZE import_account")
    await connection.execute(_STORED, system)
    await connection.execute(_MERGED, system)
    await connection.execute(_NAMED, system, partner_id)
    await connection.execute(_ADOPT, system)
    updated = await connection.execute(_UPDATE)
    created = await connection.execute(_INSERT, system)
    without = await connection.fetchval(_WITHOUT)
    return AccountCounts(created=affected(created), updated=affected(updated), deals_without=without)


def affected(status: str) -> int:
    """The number in a command's tag, such as `INSERT 0 42`."""
    return int(status.rpartition(" ")[2])
