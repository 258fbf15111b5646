"""Search terms of companies, renewed where triggers have called them stale.

Whoever searches renews first, so that nothing that is committed is missed; `renew_every_minute` sees to it that little
waits.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from app.company_names import VERSION, Company, SearchTerms, search_terms
from app.database import Database, Transaction, database
from app.events.log import Reader
from app.jobs import jobs

LIVE = ("SUBMITTED", "IN_REVIEW", "CHANGES_REQUESTED", "APPROVED")
NONE = SearchTerms("", (), None, None)
AT_ONCE = 2_000
"""Renewed by whoever searches, registrations first; a larger import waits for the job."""
BATCH = 500

# Whoever renews waits for others who do, so that a search sees what they renewed. Rows that a transaction is about to
# change are passed over: until it commits, their terms are those of before.
_TURN = "SELECT pg_advisory_xact_lock(73251)"
_STALE = "SELECT EXISTS (SELECT FROM company_key k WHERE k.stale) AS stale"
_TAKE = """
WITH taken AS (
  SELECT k.id FROM company_key k WHERE k.stale
  ORDER BY k.registration_id, k.id LIMIT $1 FOR UPDATE SKIP LOCKED
)
SELECT t.id, r.status, coalesce(r.account_name, a.name) AS name, r.account_city AS place,
  coalesce(r.account_country, a.country) AS country, coalesce(r.account_domain, a.domain) AS domain,
  coalesce(r.account_registration_number, a.registration_number) AS registration_number
FROM taken t JOIN company_key k ON k.id = t.id
LEFT JOIN account a ON a.id = k.account_id LEFT JOIN deal_registration r ON r.id = k.registration_id
"""
_WRITE = """
UPDATE company_key k SET stale = FALSE, version = n.version, core = n.core, terms = n.terms, domain = n.domain,
  digits = n.digits
FROM jsonb_to_recordset($1::text::jsonb)
  AS n(id uuid, version integer, core text, terms text[], domain text, digits text)
WHERE k.id = n.id
"""


def company_of(row: Mapping[str, Any]) -> Company:
    """`row`: with `name`, `place`, `country`, `domain` and `registration_number`."""
    return Company(row["name"] or "", row["place"], row["country"], row["domain"], row["registration_number"])


async def is_stale(db: Reader) -> bool:
    return any(row["stale"] for row in await db.fetch(_STALE))


async def renew(tx: Transaction, most: int = AT_ONCE) -> int:
    """How many were stale, `most` of them at most."""
    if not await is_stale(tx):
        return 0
    await tx.fetch(_TURN)
    rows = await tx.fetch(_TAKE, most)
    if rows:
        await tx.execute(_WRITE, orjson.dumps([_made(row) for row in rows], default=str).decode())
    return len(rows)


async def renew_all(database: Database) -> int:
    seen = 0
    while True:
        async with database.transaction() as tx:
            renewed = await renew(tx, BATCH)
        seen += renewed
        if renewed < BATCH:
            return seen


def _made(row: Mapping[str, Any]) -> dict[str, object]:
    """A registration that isn't live is looked for under no term, so that it is in nobody's way."""
    terms = search_terms(company_of(row)) if row["status"] in (None, *LIVE) else NONE
    return {
        "id": row["id"],
        "version": VERSION,
        "core": terms.core,
        "terms": terms.terms,
        "domain": terms.domain,
        "digits": terms.digits,
    }


_OUTDATED = "UPDATE company_key SET stale = TRUE WHERE version <> $1 AND NOT stale"


@jobs.periodic(cron="* * * * *")
@jobs.task(name="renew_company_keys", queueing_lock="renew_company_keys", lock="renew_company_keys")
async def renew_every_minute(timestamp: int) -> None:
    """And once an hour also those that an earlier version of `app.company_names` made."""
    db = database()
    if timestamp // 60 % 60 == 0:
        async with db.transaction() as tx:
            await tx.execute(_OUTDATED, VERSION)
    await renew_all(db)
