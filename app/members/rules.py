"""Rules of who may give which role to whom, decided from plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, OrganizationKind, Permission, Role

ROLES: Mapping[OrganizationKind, tuple[Role, ...]] = {
    OrganizationKind.VENDOR: (Role.VENDOR_ADMIN, Role.CHANNEL_MANAGER),
    OrganizationKind.PARTNER: (Role.PARTNER_MANAGER, Role.PARTNER_SELLER),
}


@dataclass(frozen=True, slots=True)
class Access:
    """All of a user that decides what they may see and do."""

    organization_id: UUID
    kind: OrganizationKind
    role: Role
    active: bool

    @property
    def administers(self) -> bool:
        return self.active and self.role is Role.VENDOR_ADMIN


def refusal(by: Viewer | None, user_id: UUID | None, before: Access | None, after: Access) -> Refused | None:
    """What keeps `by` from making the user that `before` describes (None: a new one) what `after` says. `by` None is
    whoever runs a command, who may all that the database allows."""
    if after.role not in ROLES[after.kind]:
        listed = " or ".join(ROLES[after.kind])
        of = "The vendor's people are" if after.kind is OrganizationKind.VENDOR else "A partner's people are"
        return refused(ErrorCode.INVALID, f"{of} {listed}.", "role")
    if by is None:
        return None
    if not by.may(Permission.MANAGE_USERS):
        return refused(ErrorCode.FORBIDDEN, "Your role may not do this.")
    vendors = OrganizationKind.VENDOR in (after.kind, before and before.kind)
    if vendors and not by.may(Permission.ADMINISTER):
        return refused(ErrorCode.FORBIDDEN, "Only administrators of the vendor manage its users; ask one of them.")
    if user_id == by.user_id and before is not None and before != after:
        message = "Nobody changes their own role, organization or access; have another administrator do it."
        return refused(ErrorCode.INVALID, message, _changed(before, after))
    return None


def _changed(before: Access, after: Access) -> str:
    if before.organization_id != after.organization_id:
        return "partnerId"
    return "active" if before.active is not after.active else "role"
