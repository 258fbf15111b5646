"""Availability of playbooks to partners. All versions of a key share it; a draft may state another, which takes effect
on publishing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction, transaction
from app.events import append, wake
from app.events.facts import playbook_updated
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError
from app.playbooks import versions
from app.playbooks.versions import PlaybookSaved
from app.vocabulary import ErrorCode, PartnerTier

MOST = 1_000

_KNOWN = "SELECT id FROM organization WHERE id = ANY ($1::uuid[]) AND kind = 'PARTNER' ORDER BY id FOR KEY SHARE"
_LIMIT = """
UPDATE playbook SET available_to_partners = coalesce($2::uuid[], available_to_partners),
  available_to_tiers = coalesce($3::text[], available_to_tiers),
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
WHERE id = ANY ($1::uuid[]) AND (available_to_partners, available_to_tiers)
  IS DISTINCT FROM (coalesce($2::uuid[], available_to_partners), coalesce($3::text[], available_to_tiers))
RETURNING id
"""
SHOW = """
UPDATE stage s SET published = NOT s.published
FROM playbook p WHERE p.id = s.playbook_id AND p.id = ANY ($1::uuid[])
  AND s.published IS DISTINCT FROM (p.published_at IS NOT NULL
    AND cardinality(p.available_to_partners) + cardinality(p.available_to_tiers) = 0)
"""
"""What a stage repeats of its playbook, for whenever that has changed. Stages that say it already aren't locked."""

_AS = """
UPDATE playbook p SET available_to_partners = like_it.available_to_partners,
  available_to_tiers = like_it.available_to_tiers
FROM playbook like_it WHERE like_it.id = $1 AND p.id = ANY ($2::uuid[])
  AND (p.available_to_partners, p.available_to_tiers)
    IS DISTINCT FROM (like_it.available_to_partners, like_it.available_to_tiers)
"""


@dataclass(frozen=True, slots=True)
class Availability:
    """Partners and tiers that it is for, together; None: as it is. Both empty: for everybody."""

    partners: Sequence[UUID] | None = None
    tiers: Sequence[PartnerTier] | None = None


async def set_availability(
    viewer: Viewer,
    playbook_id: UUID,
    wanted: Availability,
    *,
    expected_updated_at: datetime | None = None,
    tx: Transaction | None = None,
) -> PlaybookSaved | Refused:
    """Of all versions of the playbook, at once."""
    if denied := versions.forbidden(viewer):
        return denied
    if tx is not None:
        return await _set(tx, viewer, playbook_id, wanted, expected_updated_at)
    async with transaction() as own:
        outcome = await _set(own, viewer, playbook_id, wanted, expected_updated_at)
    wake()
    return outcome


async def _set(
    tx: Transaction, viewer: Viewer, playbook_id: UUID, wanted: Availability, expected: datetime | None
) -> PlaybookSaved | Refused:
    known = await versions.lock_all(tx, playbook_id)
    version = next((version for version in known if version.id == playbook_id), None)
    if version is None:
        return versions.unknown("playbookId")
    if conflict := versions.stale(version, expected):
        return conflict
    if faults := await faults_of(tx, wanted):
        return Refused(faults)
    if await write(tx, [one.id for one in known], wanted):
        fact = playbook_updated(playbook_id, key=version.key, version=version.version, actor_id=viewer.user_id)
        await append(tx, fact)
    return PlaybookSaved(playbook_id)


async def faults_of(tx: Transaction, wanted: Availability) -> tuple[UserError, ...]:
    given = list(wanted.partners or ())
    if len(given) > MOST:
        return (UserError(ErrorCode.INVALID, f"At most {MOST} partners.", ("availableToPartnerIds",)),)
    known = {row["id"] for row in await tx.fetch(_KNOWN, given)} if given else set()
    return tuple(
        UserError(ErrorCode.NOT_FOUND, "There is no such partner.", ("availableToPartnerIds", str(place)))
        for place, partner in enumerate(given)
        if partner not in known
    )


async def write(tx: Transaction, playbook_ids: Sequence[UUID], wanted: Availability) -> bool:
    """Whether any of them changed."""
    partners = None if wanted.partners is None else sorted(set(wanted.partners))
    tiers = None if wanted.tiers is None else [tier.value for tier in PartnerTier if tier in wanted.tiers]
    changed = [row["id"] for row in await tx.fetch(_LIMIT, list(playbook_ids), partners, tiers)]
    if changed:
        await tx.execute(SHOW, changed)
    return bool(changed)


async def take_from(tx: Transaction, playbook_id: UUID, others: Sequence[UUID]) -> None:
    """What `playbook_id` says holds for `others`, too."""
    await tx.execute(_AS, playbook_id, list(others))
    await tx.execute(SHOW, [playbook_id, *others])
