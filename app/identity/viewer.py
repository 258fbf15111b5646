"""The viewer: the authenticated user with the permissions of their role. For what they may *see* see
`app.identity.visibility`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.vocabulary import OrganizationKind, PartnerTier, Permission, Role

_PARTNER_SELLER = frozenset(
    {Permission.READ, Permission.CREATE_OPPORTUNITY, Permission.EDIT_OPPORTUNITY, Permission.ADVANCE}
)
_PARTNER_MANAGER = _PARTNER_SELLER | {Permission.SHARE_OPPORTUNITY}
_CHANNEL_MANAGER = _PARTNER_MANAGER | {
    Permission.OVERRIDE,
    Permission.REOPEN,
    Permission.ASSIGN_PARTNER,
    Permission.MANAGE_CONTENT,
    Permission.MANAGE_PLAYBOOKS,
    Permission.MANAGE_PARTNERS,
    Permission.MANAGE_USERS,
}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.PARTNER_SELLER: _PARTNER_SELLER,
    Role.PARTNER_MANAGER: _PARTNER_MANAGER,
    Role.CHANNEL_MANAGER: _CHANNEL_MANAGER,
    Role.VENDOR_ADMIN: _CHANNEL_MANAGER | {Permission.ADMINISTER},
}


@dataclass(frozen=True, slots=True)
class Viewer:
    user_id: UUID
    organization_id: UUID
    organization_kind: OrganizationKind
    role: Role
    language: str = "en"
    tier: PartnerTier | None = None
    industries: tuple[str, ...] = ()
    noted: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What others have worked out of the rest, once for all requests of this viewer."""

    @property
    def is_vendor(self) -> bool:
        return self.organization_kind is OrganizationKind.VENDOR

    @property
    def permissions(self) -> frozenset[Permission]:
        return PERMISSIONS[self.role]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions
