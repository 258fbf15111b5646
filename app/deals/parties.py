"""The parties of a deal, accounts, partners and owners, as far as the viewer may name them."""

from functools import lru_cache
from uuid import UUID

from app.database import Transaction
from app.database.sql import Slot, Statement, sql
from app.deals.names import name_key, tidy
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, PartnerStatus, Permission, Role

NAME_KEY, PARTNER = Slot("name_key"), Slot("partner")
TURN = 0x57A6E9AC
"""Whoever changes users holds it alone (`app.members.store`): any constant will do."""
GIVEN_NOTHING = frozenset({PartnerStatus.SUSPENDED.value, PartnerStatus.ENDED.value})
"""The status of partners who get no deals."""
# Until the transaction ends, its status stays.
_PARTNER = "SELECT status FROM organization WHERE id = $1 AND kind = 'PARTNER' FOR SHARE"
_NOBODY_GOES = "SELECT pg_advisory_xact_lock_shared($1)"
# Whoever is about to make an account of this name waits for who does the same, and then finds theirs.
_ACCOUNT_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || coalesce($2::uuid::text, ''), 7322))"
# Not an import's placeholder for customers that it didn't name.
_SOMEBODY = "(a.external_id IS NULL OR a.external_id NOT LIKE '%:')"
# Of several, the partner's own comes first, then what is known best, then the oldest.
_BEST = "a.partner_id IS NULL, a.industry IS NULL, a.id"
_ACCOUNT_NAMED = f"""
SELECT a.id FROM account a WHERE a.name_key = $1 AND {_SOMEBODY}
  AND (a.partner_id IS NOT DISTINCT FROM $2 OR a.partner_id IS NULL
    AND EXISTS (SELECT FROM opportunity o WHERE o.account_id = a.id AND o.partner_id = $2))
ORDER BY {_BEST} LIMIT 1
"""  # noqa: S608 (the texts are constants)
_ACCOUNT_OF_ANYBODY = f"""
SELECT a.id FROM account a WHERE a.name_key = $1 AND {_SOMEBODY} AND (a.partner_id IS NULL OR $2::uuid IS NULL)
ORDER BY a.partner_id IS NOT NULL, a.industry IS NULL, a.id LIMIT 1
"""  # noqa: S608 (the texts are constants)
_ACCOUNT = "INSERT INTO account (id, partner_id, name, name_key) VALUES ($1, $2, $3, $4)"
_ACCOUNT_FOR = "SELECT id, partner_id, name FROM account WHERE id = $1 OR merged_ids @> ARRAY[$1::uuid]"
_MERGED_NAMED = """
SELECT kept_id FROM account_merge WHERE name_key = $1 AND partner_id IS NOT DISTINCT FROM $2 AND undone_at IS NULL
ORDER BY at DESC LIMIT 1
"""
_COPY = """
INSERT INTO account (id, partner_id, name, name_key, industry, country, employees, annual_revenue, domain,
  registration_number)
SELECT $1, $2, name, $3, industry, country, employees, annual_revenue, domain, registration_number
FROM account WHERE id = $4
"""
_OWNER = """
SELECT u.id FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE u.id = $1 AND u.active AND (g.kind = 'VENDOR' OR g.id = $2)
"""


async def partner_for(tx: Transaction, viewer: Viewer, wanted: UUID | None) -> UUID | Refused | None:
    """The own organisation of a partner's people; for the vendor's, the partner they name."""
    if not viewer.is_vendor:
        if wanted not in (None, viewer.organization_id):
            return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
        return viewer.organization_id
    if wanted is None:
        return None
    if not viewer.may(Permission.ASSIGN_PARTNER):
        return refused(ErrorCode.FORBIDDEN, "Your role may not assign deals to partners.", "partnerId")
    known = await tx.fetchrow(_PARTNER, wanted)
    if known is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
    if known["status"] in GIVEN_NOTHING:
        message = f"The partner is {known['status']} and is given no deals; change its status first, or name another."
        return refused(ErrorCode.BLOCKED, message, "partnerId")
    return wanted


async def wait_for_leavers(tx: Transaction) -> None:
    """Until the transaction ends, nobody who is about to own a deal is deactivated or moved; to be called before the
    deal is locked, since who hands over waits for that."""
    await tx.fetch(_NOBODY_GOES, TURN)


async def owner_for(
    tx: Transaction, viewer: Viewer, wanted: UUID | None, partner: UUID | None
) -> UUID | Refused | None:
    """An active user of the deal's partner or of the vendor; a seller's new deal is their own."""
    if wanted is None:
        return viewer.user_id if viewer.role is Role.PARTNER_SELLER else None
    known = await tx.fetchrow(_OWNER, wanted, partner)
    return wanted if known else refused(ErrorCode.NOT_FOUND, "There is no such user.", "ownerId")


async def keeps_owner(tx: Transaction, owner: UUID | None, partner: UUID | None) -> UUID | None:
    """The owner, if a deal of the partner may have that one."""
    known = await tx.fetchrow(_OWNER, owner, partner)
    return owner if known else None


async def account_by_id(tx: Transaction, viewer: Viewer, wanted: UUID) -> UUID | Refused:
    """The account, or the one that it went into."""
    seen = visible(scope_of(viewer), "account", "a")
    statement = sql(
        "SELECT a.id FROM account a WHERE (a.id = {}::uuid OR a.merged_ids @> ARRAY[{}::uuid]) AND {}",
        *(wanted, wanted, seen),
    ).statement()
    known = await tx.fetchrow(statement.text, *statement.arguments(slots_of(viewer)))
    return known["id"] if known else refused(ErrorCode.NOT_FOUND, "There is no such account.", "accountId")


async def account_by_name(tx: Transaction, viewer: Viewer, name: str, partner: UUID | None) -> UUID:
    """The account of this name that a deal of the partner may be with, made if there is none."""
    return await found_account(tx, viewer, name, partner) or await new_account(tx, name, partner)


async def found_account(tx: Transaction, viewer: Viewer, name: str, partner: UUID | None) -> UUID | None:
    """As `account_named`; failing that, for the vendor's people, one of the vendor's or, for a deal without a partner,
    of anybody's. Who finds none may make it: until the transaction ends, nobody else does."""
    known = await own_account(tx, name, partner)
    if known is None and viewer.is_vendor:
        row = await tx.fetchrow(_ACCOUNT_OF_ANYBODY, name_key(name), partner)
        known = row["id"] if row else None
    return known


async def own_account(tx: Transaction, name: str, partner: UUID | None) -> UUID | None:
    """As `account_named`. Who finds none may make it: until the transaction ends, nobody else does."""
    await tx.fetch(_ACCOUNT_LOCK, name_key(name), partner)
    return await account_named(tx, name, partner)


async def account_named(tx: Transaction, name: str, partner: UUID | None) -> UUID | None:
    """The partner's own account of this name, however it is spelt, or one of the vendor's that it has a deal with:
    nobody learns whom others sell to. Without a partner, the vendor's. Failing that, the one that its own of this name
    went into."""
    known = await tx.fetchrow(_ACCOUNT_NAMED, name_key(name), partner)
    if known is None:
        merged = await tx.fetchrow(_MERGED_NAMED, name_key(name), partner)
        return merged["kept_id"] if merged else None
    found: UUID = known["id"]
    return found


@lru_cache(maxsize=8)
def _naming(scope: VisibilityScope) -> Statement:
    of_partner = sql(
        "(a.partner_id IS NOT DISTINCT FROM {}::uuid OR a.partner_id IS NULL AND EXISTS ("
        "SELECT FROM opportunity o WHERE o.account_id = a.id AND o.partner_id = {}::uuid))",
        PARTNER,
        PARTNER,
    )
    return sql(
        f"SELECT a.id FROM account a WHERE a.name_key = {{}} AND {_SOMEBODY}"  # noqa: S608 (constants)
        f" AND {{}} AND {{}} ORDER BY {_BEST} LIMIT 1",
        NAME_KEY,
        of_partner,
        visible(scope, "account", "a"),
    ).statement()


async def seen_account_named(tx: Transaction, viewer: Viewer, name: str, partner: UUID | None) -> UUID | None:
    """As `account_named`, of those that the viewer sees."""
    slots = {**slots_of(viewer), NAME_KEY.name: name_key(name), PARTNER.name: partner}
    statement = _naming(scope_of(viewer))
    known = await tx.fetchrow(statement.text, *statement.arguments(slots))
    return known["id"] if known else None


async def new_account(tx: Transaction, name: str, partner: UUID | None) -> UUID:
    made = new_id()
    await tx.execute(_ACCOUNT, made, partner, tidy(name), name_key(name))
    return made


async def account_for(tx: Transaction, account: UUID, partner: UUID | None) -> UUID:
    """The account as a deal of the partner may be with it: one that another partner created is that one's, so it is the
    partner's own of the same name, or a copy of what is known of it."""
    row = await tx.fetchrow(_ACCOUNT_FOR, account)
    if row is None:  # the vendor's, that the partner's own went into and that its first deal will show it
        return account
    if partner is None or row["partner_id"] in (None, partner):
        found: UUID = row["id"]
        return found
    known = await own_account(tx, row["name"], partner)
    if known:
        return known
    made = new_id()
    await tx.execute(_COPY, made, partner, name_key(row["name"]), row["id"])
    return made
