"""Making webhook endpoints and changing them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from app.audit import Entry, add
from app.database import Transaction
from app.deals.editing import within
from app.identity.viewer import Viewer
from app.members.store import still_may
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.outgoing import BadUrl, Rules, read_url
from app.settings import settings
from app.vocabulary import ErrorCode, EventType, Permission
from app.webhooks.filters import FilterError, check_filter
from app.webhooks.replays import cancelled_if
from app.webhooks.rights import locked
from app.webhooks.secrets import new_secret, seal_secret

LONGEST_DESCRIPTION = 500
LONGEST_DOCUMENT = 20_000
MOST_FIELDS = 50
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,79}", re.ASCII)
MOST = 50
"""Endpoints of one organisation."""
CHANGED_BY_HAND = "Disabled by a user."

COLUMNS = ("url", "description", "event_types", "changed_fields", "condition", "document", "ordered", "enabled")
_INSERT = f"""
INSERT INTO webhook_endpoint (id, organization_id, owner_id, secret, disabled_reason, {", ".join(COLUMNS)})
VALUES ($1, $2, $3, $4, CASE WHEN NOT $12::boolean THEN '{CHANGED_BY_HAND}' END, $5, $6, $7, $8, $9, $10, $11, $12)
"""  # noqa: S608
# What it owes from before is sent soon after it is enabled again, as if nothing had been tried since.
_CHANGE = f"""
UPDATE webhook_endpoint SET owner_id = $2, {", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 3))},
  owner_left = FALSE,
  disabled_reason = CASE WHEN $10::boolean THEN NULL ELSE coalesce(disabled_reason, '{CHANGED_BY_HAND}') END,
  failing_since = CASE WHEN enabled OR NOT $10 THEN failing_since END,
  resting_until = CASE WHEN enabled OR NOT $10 THEN resting_until END, version = version + 1,
  {cancelled_if("NOT $10")}
WHERE id = $1
"""  # noqa: S608
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || $1::uuid, 7326))"
_COUNT = "SELECT count(*) AS n FROM webhook_endpoint WHERE organization_id = $1 AND removed_at IS NULL"

FRESH: Mapping[str, Any] = {
    "url": "",
    "description": None,
    "event_types": [],
    "changed_fields": [],
    "condition": "",
    "document": None,
    "ordered": False,
    "enabled": True,
}


@dataclass(frozen=True, slots=True)
class EndpointSaved:
    """`secret`: of a new endpoint or after a rotation, to be shown this once; nobody can read it again."""

    endpoint_id: UUID
    created: bool = False
    secret: str | None = field(default=None, repr=False, metadata={"kept": False})


async def upsert_endpoint(
    by: Viewer,
    given: Mapping[str, Any],
    *,
    endpoint_id: UUID | None = None,
    expected_version: int | None = None,
    unanswerable: Refused | None = None,
    tx: Transaction | None = None,
) -> EndpointSaved | Refused:
    """Change the endpoint named by `endpoint_id`, or make a new one of the own organisation, which needs a URL. Whoever
    saves it owns it: what it is told is what they may see. `given`: by column. `unanswerable`: what is wrong with the
    document, if anything is."""
    faults = Faults()
    faults.note(*_problems(given, new=endpoint_id is None), unanswerable)
    async with within(tx) as own:
        if endpoint_id is None:
            return await _make(own, by, given, faults)
        return await _change(own, by, given, endpoint_id, expected_version, faults)


def _problems(given: Mapping[str, Any], *, new: bool) -> Iterable[Refused]:
    if "url" in given or new:
        try:
            read_url(given.get("url") or "", Rules.of(settings()))
        except BadUrl as bad:
            yield refused(ErrorCode.INVALID, bad.message, "url")
    if len(given.get("description") or "") > LONGEST_DESCRIPTION:
        yield refused(ErrorCode.INVALID, f"At most {LONGEST_DESCRIPTION} characters.", "description")
    if len(given.get("document") or "") > LONGEST_DOCUMENT:
        yield refused(ErrorCode.INVALID, f"At most {LONGEST_DOCUMENT:,} characters.", "document")
    fields = given.get("changed_fields") or ()
    if len(fields) > MOST_FIELDS or not all(map(_NAME.fullmatch, fields)):
        message = f"At most {MOST_FIELDS} names of fields as events have them, such as `amount` or `expectedCloseDate`."
        yield refused(ErrorCode.INVALID, message, "changedFields")
    if given.get("condition"):
        try:
            check_filter(given["condition"])
        except FilterError as wrong:
            yield refused(ErrorCode.INVALID, wrong.message, "filter")


def _values(given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """By column, as they are to stand. Null in a list or a condition stands for none."""
    values = {name: given.get(name, before[name]) for name in COLUMNS}
    chosen = [type_.value for type_ in EventType if type_ in (values["event_types"] or ())]
    return {
        **values,
        "event_types": chosen,
        "changed_fields": sorted(set(values["changed_fields"] or ())),
        "condition": (values["condition"] or "").strip(),
        "description": (values["description"] or "").strip() or None,
        "document": values["document"] or None,
        "ordered": bool(values["ordered"]),
        "enabled": values["enabled"] is not False,
    }


async def _make(tx: Transaction, by: Viewer, given: Mapping[str, Any], faults: Faults) -> EndpointSaved | Refused:
    faults.note(await still_may(tx, by, Permission.MANAGE_WEBHOOKS))
    if faults:
        return faults.refused()
    await tx.fetch(_TURN, by.organization_id)
    there = await tx.fetchrow(_COUNT, by.organization_id)
    if there is not None and there["n"] >= MOST:
        return refused(ErrorCode.INVALID, f"The organisation has {MOST} endpoints, which is the most; remove one.")
    id, secret = new_id(), new_secret()
    values = _values(given, FRESH)
    await tx.execute(_INSERT, id, by.organization_id, by.user_id, seal_secret(secret, id), *values.values())
    await add(tx, Entry("WEBHOOK_ENDPOINT_CREATED", by.user_id, f"whe_{id}", _told(values, values)))
    return EndpointSaved(id, created=True, secret=secret)


async def _change(
    tx: Transaction,
    by: Viewer,
    given: Mapping[str, Any],
    endpoint_id: UUID,
    expected_version: int | None,
    faults: Faults,
) -> EndpointSaved | Refused:
    row = await locked(tx, by, endpoint_id, expected_version)
    if isinstance(row, Refused):
        return faults.beside(row)
    if faults:
        return faults.refused()
    values = _values(given, _before(row))
    changed = {name: value for name, value in values.items() if row[name] != value}
    if changed or row["owner_id"] != by.user_id:
        await tx.execute(_CHANGE, endpoint_id, by.user_id, *values.values())
        entry = Entry("WEBHOOK_ENDPOINT_CHANGED", by.user_id, f"whe_{endpoint_id}", _told(changed, values))
        await add(tx, entry)
    return EndpointSaved(endpoint_id)


def _before(row: asyncpg.Record) -> dict[str, Any]:
    return {**dict(row), "event_types": [EventType(type_) for type_ in row["event_types"] if type_ in set(EventType)]}


def _told(changed: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Without the URL, which may hold a secret."""
    return {"fields": sorted(changed), "enabled": values["enabled"], "full": values["document"] is not None}
