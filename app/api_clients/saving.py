"""Making API clients and changing their names and scopes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.api_clients.rights import locked, organization_for
from app.api_clients.secrets import digest, new_secret
from app.audit import Entry, add
from app.database import Transaction
from app.deals.editing import within
from app.deals.names import tidy
from app.identity.users import forget
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ApiScope, ErrorCode

LONGEST_NAME = 100
MOST = 50
"""Clients of one organisation."""

_INSERT = """
INSERT INTO api_client (id, organization_id, name, scopes, secret_hash, created_by_id) VALUES ($1, $2, $3, $4, $5, $6)
"""
_CHANGE = "UPDATE api_client SET name = $2, scopes = $3, version = version + 1 WHERE id = $1"
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('api_client ' || $1::uuid, 7325))"
_NAMES = "SELECT id, lower(name) AS name FROM api_client WHERE organization_id = $1 AND removed_at IS NULL"


@dataclass(frozen=True, slots=True)
class ApiClientSaved:
    """`secret`: of a new client or after a rotation, to be shown this once; nobody can read it again."""

    client_id: UUID
    created: bool = False
    secret: str | None = field(default=None, repr=False, metadata={"kept": False})


async def upsert_client(
    by: Viewer,
    given: Mapping[str, Any],
    *,
    client_id: UUID | None = None,
    partner_id: UUID | None = None,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> ApiClientSaved | Refused:
    """Change the client named by `client_id`, or make a new one of the own organisation or, by an administrator of the
    vendor, of the partner. `given`: name, scopes or both; a new client needs both."""
    faults = Faults()
    faults.note(*_problems(given, new=client_id is None))
    async with within(tx) as own:
        if client_id is None:
            return await _make(own, by, given, partner_id, faults)
        return await _change(own, by, given, client_id, expected_version, faults)


def _problems(given: Mapping[str, Any], *, new: bool) -> Iterable[Refused]:
    name, scopes = given.get("name"), given.get("scopes")
    if ("name" in given or new) and not (name and 0 < len(tidy(name)) <= LONGEST_NAME and tidy(name).isprintable()):
        yield refused(ErrorCode.INVALID, f"Must have 1 to {LONGEST_NAME} characters.", "name")
    if ("scopes" in given or new) and not scopes:
        yield refused(ErrorCode.INVALID, f"Give one or more scopes: {', '.join(ApiScope)}.", "scopes")


def _scopes(given: Sequence[ApiScope]) -> list[str]:
    return [scope.value for scope in ApiScope if scope in given]


async def _make(
    tx: Transaction, by: Viewer, given: Mapping[str, Any], partner_id: UUID | None, faults: Faults
) -> ApiClientSaved | Refused:
    organization_id = await organization_for(tx, by, partner_id)
    faults.note(organization_id)
    if isinstance(organization_id, Refused) or faults:
        return faults.refused()
    name = tidy(given["name"])
    problem = await _name_problem(tx, organization_id, name, None)
    if problem is not None:
        return problem
    id, secret = new_id(), new_secret()
    scopes = _scopes(given["scopes"])
    await tx.execute(_INSERT, id, organization_id, name, scopes, digest(secret), by.user_id)
    detail = {"organization": organization_id, "scopes": scopes}
    await add(tx, Entry("API_CLIENT_CREATED", by.user_id, f"cli_{id}", detail))
    return ApiClientSaved(id, created=True, secret=secret)


async def _change(
    tx: Transaction,
    by: Viewer,
    given: Mapping[str, Any],
    client_id: UUID,
    expected_version: int | None,
    faults: Faults,
) -> ApiClientSaved | Refused:
    row = await locked(tx, by, client_id, expected_version)
    if isinstance(row, Refused):
        return faults.beside(row)
    if faults:
        return faults.refused()
    name = tidy(given["name"]) if "name" in given else row["name"]
    scopes = _scopes(given["scopes"]) if "scopes" in given else row["scopes"]
    problem = await _name_problem(tx, row["organization_id"], name, client_id)
    if problem is not None:
        return problem
    changed = [field for field, value in (("name", name), ("scopes", scopes)) if row[field] != value]
    if changed:
        await tx.execute(_CHANGE, client_id, name, scopes)
        detail = {"fields": changed, "scopes": scopes}
        await add(tx, Entry("API_CLIENT_CHANGED", by.user_id, f"cli_{client_id}", detail))
        forget(client_id)
    return ApiClientSaved(client_id)


async def _name_problem(tx: Transaction, organization_id: UUID, name: str, own: UUID | None) -> Refused | None:
    """Who is about to take a name waits for who does the same."""
    await tx.fetch(_TURN, organization_id)
    others = [row for row in await tx.fetch(_NAMES, organization_id) if row["id"] != own]
    if any(row["name"] == name.lower() for row in others):
        message = "The organisation has an API client of this name; choose another, or change that one."
        return refused(ErrorCode.CONFLICT, message, "name")
    if own is None and len(others) >= MOST:
        return refused(ErrorCode.BLOCKED, f"An organisation has at most {MOST} API clients; remove one first.")
    return None
