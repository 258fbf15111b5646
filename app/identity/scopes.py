"""The three visibility scopes (`VisibilityScope`), and the parts of a viewer that conditions and audiences depend on.

The text of a condition depends on the viewer's `VisibilityScope` alone; who the viewer is travels in slots
(`slots_of`). So a statement is composed once for each of the three scopes and shared by all viewers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.database.sql import Slot
from app.identity.viewer import Viewer
from app.languages import anywhere
from app.settings import settings
from app.vocabulary import PartnerTier, Role

ORGANIZATION = Slot("viewer.organization_id")
USER = Slot("viewer.user_id")
TIER = Slot("viewer.tier")
INDUSTRIES = Slot("viewer.industries")
LANGUAGE = Slot("viewer.language")
SPOKEN, SPOKEN_ANYWHERE = Slot("viewer.spoken"), Slot("viewer.spoken_anywhere")
"""The viewer's language in small letters, as it is and without a region (a script stays)."""
PROGRAMME_LANGUAGE = Slot("programme.language")


class VisibilityScope(StrEnum):
    EVERYTHING = "EVERYTHING"
    ORGANIZATION = "ORGANIZATION"
    OWN_AND_SHARED = "OWN_AND_SHARED"


def scope_of(viewer: Viewer) -> VisibilityScope:
    if viewer.is_vendor:
        return VisibilityScope.EVERYTHING
    return VisibilityScope.OWN_AND_SHARED if viewer.role is Role.PARTNER_SELLER else VisibilityScope.ORGANIZATION


def slots_of(viewer: Viewer) -> Mapping[str, object]:
    known: Mapping[str, object] | None = viewer.noted.get("slots")
    if known is None:
        known = viewer.noted["slots"] = _slots(viewer)
    return known


def _slots(viewer: Viewer) -> Mapping[str, object]:
    return {
        ORGANIZATION.name: viewer.organization_id,
        USER.name: viewer.user_id,
        TIER.name: viewer.tier.value if viewer.tier else None,
        INDUSTRIES.name: list(viewer.industries),
        LANGUAGE.name: viewer.language,
        SPOKEN.name: viewer.language.lower(),
        SPOKEN_ANYWHERE.name: anywhere(viewer.language),
        PROGRAMME_LANGUAGE.name: settings().default_language,
    }


class Audience(NamedTuple):
    """Viewers who see the same deals: all of the vendor, all managers of one partner, or one seller."""

    scope: VisibilityScope
    organization_id: UUID | None = None
    user_id: UUID | None = None


VENDOR = Audience(VisibilityScope.EVERYTHING)


def audience_of(viewer: Viewer) -> Audience:
    match scope_of(viewer):
        case VisibilityScope.EVERYTHING:
            return VENDOR
        case VisibilityScope.ORGANIZATION:
            return Audience(VisibilityScope.ORGANIZATION, viewer.organization_id)
        case VisibilityScope.OWN_AND_SHARED:
            return Audience(VisibilityScope.OWN_AND_SHARED, viewer.organization_id, viewer.user_id)


class Parties(NamedTuple):
    """All of a deal that decides who sees it. `alone_for`: of an event, the only partner that it is for, if any.

    `team`: people on its team, each with their organisation; `along`: partners that have accepted to sell along.
    """

    partner_id: UUID | None
    owner_id: UUID | None
    team: Collection[tuple[UUID, UUID]] = ()
    along: Collection[UUID] = ()
    alone_for: UUID | None = None


def readers_of(audiences: Iterable[Audience]) -> list[UUID]:
    """Partners' audiences as the log names them: an organisation stands for its managers, a user for one seller."""
    return [one.user_id or one.organization_id for one in audiences if one.organization_id is not None]


def audiences_of(deal: Parties) -> Iterator[Audience]:
    """Every audience that sees the deal, once each. Says the same as `app.nouns.participation` says in SQL."""
    yield VENDOR
    partners = [one for one in dict.fromkeys((deal.partner_id, *deal.along)) if one is not None]
    for partner in partners:
        if deal.alone_for in (None, partner):
            yield Audience(VisibilityScope.ORGANIZATION, partner)
            for user_id in _people(deal, partner):
                yield Audience(VisibilityScope.OWN_AND_SHARED, partner, user_id)


def _people(deal: Parties, partner: UUID) -> Collection[UUID]:
    people = {user_id for user_id, organization in deal.team if organization == partner}
    if deal.owner_id is not None and partner == deal.partner_id:
        people.add(deal.owner_id)
    return people


NOBODY = UUID(int=0)


class SharedAnswerKey(NamedTuple):
    """All of a viewer that an answer may depend on, so that those who share it may share the answer.

    `person`: the viewer's id, where what is asked depends on the very person.
    """

    audience: Audience
    role: Role
    organization_id: UUID
    tier: PartnerTier | None
    industries: tuple[str, ...]
    language: str
    suspended: bool
    person: UUID | None


def shared_answer_key(viewer: Viewer, *, personal: bool) -> SharedAnswerKey:
    audience = audience_of(viewer)
    alone = personal or audience.user_id is not None or viewer.client is not None
    person = viewer.user_id if alone else None
    return SharedAnswerKey(
        audience,
        viewer.role,
        viewer.organization_id,
        viewer.tier,
        viewer.industries,
        viewer.language,
        viewer.suspended,
        person,
    )


def anyone_of(viewer: Viewer, perspective: SharedAnswerKey) -> Viewer:
    """Who stands for all viewers of the perspective: nobody in person, unless they all are one."""
    return viewer if perspective.person is not None else replace(viewer, user_id=NOBODY)
