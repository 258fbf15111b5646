"""The viewer: the authenticated user or API client with the permissions of their role. For what they may *see* see
`app.identity.visibility`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from app.vocabulary import ApiScope, OrganizationKind, PartnerTier, Permission, Role

_PARTNER_SELLER = frozenset(
    {
        Permission.READ,
        Permission.CREATE_OPPORTUNITY,
        Permission.EDIT_OPPORTUNITY,
        Permission.ADVANCE,
        Permission.REGISTER_DEALS,
        Permission.SUBMIT_FORECASTS,
    }
)
_PARTNER_MANAGER = _PARTNER_SELLER | {
    Permission.SHARE_OPPORTUNITY,
    Permission.MANAGE_API_CLIENTS,
    Permission.MANAGE_WEBHOOKS,
    Permission.SET_TARGETS,
}
_CHANNEL_MANAGER = _PARTNER_SELLER | {
    Permission.SHARE_OPPORTUNITY,
    Permission.SET_TARGETS,
    Permission.OVERRIDE,
    Permission.REOPEN,
    Permission.ASSIGN_PARTNER,
    Permission.REVIEW_REGISTRATIONS,
    Permission.MANAGE_CONTENT,
    Permission.MANAGE_PLAYBOOKS,
    Permission.MANAGE_PARTNERS,
    Permission.MANAGE_USERS,
}

READ_ONLY = frozenset({Permission.READ})
"""Of the people of a suspended partner, whatever their role."""
SUSPENDED = (
    "Your organization's partnership is suspended: you can read, but not change anything. Ask your channel manager."
)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.PARTNER_SELLER: _PARTNER_SELLER,
    Role.PARTNER_MANAGER: _PARTNER_MANAGER,
    Role.CHANNEL_MANAGER: _CHANNEL_MANAGER,
    Role.VENDOR_ADMIN: _CHANNEL_MANAGER
    | {Permission.ADMINISTER, Permission.MANAGE_API_CLIENTS, Permission.MANAGE_WEBHOOKS},
}

SCOPES: Mapping[Permission, ApiScope] = {
    Permission.READ: ApiScope.READ,
    **dict.fromkeys(
        (
            Permission.CREATE_OPPORTUNITY,
            Permission.EDIT_OPPORTUNITY,
            Permission.ADVANCE,
            Permission.OVERRIDE,
            Permission.REOPEN,
            Permission.ASSIGN_PARTNER,
            Permission.SHARE_OPPORTUNITY,
            Permission.SUBMIT_FORECASTS,
            Permission.SET_TARGETS,
            Permission.MANAGE_PLAYBOOKS,
            Permission.MANAGE_CONTENT,
            Permission.MANAGE_PARTNERS,
        ),
        ApiScope.WRITE,
    ),
    Permission.REGISTER_DEALS: ApiScope.REGISTER,
}
"""The scope with which an API client has a permission of its role. No scope gives those that are missing here."""


class ClientIdentity(NamedTuple):
    """An API client that acts as its organisation, by a token with these scopes."""

    name: str
    scopes: frozenset[ApiScope]


@dataclass(frozen=True, slots=True)
class Viewer:
    """`client`: of an API client, what it is; its `user_id` is then the user that stands for it. `suspended`: so is the
    partner."""

    user_id: UUID
    organization_id: UUID
    organization_kind: OrganizationKind
    role: Role
    language: str = "en"
    tier: PartnerTier | None = None
    industries: tuple[str, ...] = ()
    client: ClientIdentity | None = None
    suspended: bool = False
    noted: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What others have worked out of the rest, once for all requests of this viewer."""

    @property
    def is_vendor(self) -> bool:
        return self.organization_kind is OrganizationKind.VENDOR

    @property
    def permissions(self) -> frozenset[Permission]:
        if self.suspended:
            return READ_ONLY
        permissions = PERMISSIONS[self.role]
        if self.client is None:
            return permissions
        scopes = self.client.scopes | {ApiScope.READ}
        return frozenset(one for one in permissions if SCOPES.get(one) in scopes)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions
