"""Mutations of partners and users."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.members.partners import PartnerSaved, upsert_partner
from app.members.users import UserSaved, deactivate_user, upsert_user
from app.outcomes import Refused
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_given
from schema.enums import PartnerKind, PartnerStatus, PartnerTier, Role
from schema.identity.types import Partner, User
from schema.mutation import Payload, client_mutation_id, mutation


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=f"{description} Omit to leave unchanged.")


def _errors() -> Any:
    return strawberry.field(
        default_factory=list,
        description=("The problems with the input that the user can fix. Empty if the mutation succeeded."),
    )


HEIR = (
    "The user who takes over the open opportunities and the partners of the user who leaves: an active user of the "
    "same partner or of the vendor. Required, or the mutation fails with `BLOCKED`, if there are any."
)


@strawberry.input(
    description="A partner: the one with this `partnerId`, `key` or, without these, `externalId`, or else a new one."
)
class UpsertPartnerInput:
    partner_id: strawberry.ID | None = _said("The partner to change. Alternatively, give its key.")
    key: str | None = _said(
        "The machine-readable key: letters a to z, digits and hyphens. Defaults to one made from the name of a new "
        "partner; never changes."
    )
    name: str | None = _may_change("The name, at most 200 characters. Required for a new partner.")
    tier: PartnerTier | None = _may_change("The tier in the partner programme.")
    kind: PartnerKind | None = _may_change("The line of business.")
    industries: list[str] | None = _may_change("The industries that the partner serves; empty for all.")
    region: str | None = _may_change("The region of business.")
    regions: list[str] | None = _may_change(
        "The regions or countries where the partner may sell; empty for everywhere."
    )
    status: PartnerStatus | None = _may_change(
        "The standing. Its users' sockets and streams end within a second of a change. Defaults to `ACTIVE`."
    )
    external_id: str | None = _may_change("The id in another system, unique among partners; at most 200 characters.")
    parent_id: strawberry.ID | None = _may_change(
        "The distributor through which the partner buys; null for none. A partner can't stand above itself."
    )
    channel_manager_id: strawberry.ID | None = _may_change("The channel manager: an active user of the vendor.")
    client_mutation_id: str | None = client_mutation_id()

    def given(self) -> dict[str, Any]:
        found = _present(self, {"name": "name", "tier": "tier", "kind": "partner_kind", "region": "region"})
        found |= _present(self, {name: name for name in ("industries", "regions", "status", "external_id")})
        if self.parent_id is not strawberry.UNSET:
            found["parent_id"] = decode_given(self.parent_id, "ptr", "parentId")
        if self.key is not None:
            found["key"] = self.key
        if self.channel_manager_id is not strawberry.UNSET:
            found["channel_manager_id"] = decode_given(self.channel_manager_id, "usr", "channelManagerId")
        return found


@strawberry.input(
    description="A user. Invited if there is neither a `userId` nor an `email` that exists in the organisation."
)
class UpsertUserInput:
    user_id: strawberry.ID | None = _said("The user to change. Alternatively, give their e-mail address.")
    name: str | None = _may_change("The full name. Required for a new user.")
    email: str | None = _may_change(
        "The e-mail address, unique regardless of case. The first person to sign in with this address, verified by the "
        "identity provider, becomes this user."
    )
    role: Role | None = _may_change("The role, which must suit the organisation. Required for a new user.")
    partner_id: strawberry.ID | None = _may_change(
        "The partner that the user works for; null for the vendor, which is the default for a new user."
    )
    language: str | None = _may_change("The preferred language, as a BCP 47 tag.")
    time_zone: str | None = _may_change("The time zone, as an IANA name.")
    subject: str | None = _may_change(
        "The `sub` of the user's tokens, if known in advance; null lets the owner of the address sign in anew. "
        "Reserved for administrators of the vendor."
    )
    active: bool | None = _may_change("Whether the user can sign in.")
    reassign_to: strawberry.ID | None = _said(HEIR)
    client_mutation_id: str | None = client_mutation_id()

    def given(self) -> dict[str, Any]:
        names = ("name", "email", "role", "language", "time_zone", "subject", "active")
        found = _present(self, {name: name for name in names})
        if self.partner_id is not strawberry.UNSET:
            found["partner_id"] = decode_given(self.partner_id, "ptr", "partnerId")
        return found


@strawberry.input(description="Input of `deactivateUser`.")
class DeactivateUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user.")
    reassign_to: strawberry.ID | None = _said(HEIR)
    client_mutation_id: str | None = client_mutation_id()


def _present(given: Any, columns: dict[str, str]) -> dict[str, Any]:
    return {
        column: getattr(given, name) for name, column in columns.items() if getattr(given, name) is not strawberry.UNSET
    }


@strawberry.type(description="The result of a change to a partner.")
class PartnerPayload(Payload):
    partner_id: strawberry.Private[UUID | None]
    partner: Partner | None = to_one("The partner after the change; null if nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether the change created it.")

    @classmethod
    def of(cls, outcome: PartnerSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(partner_id=None)
        return cls(partner_id=outcome.partner_id, created=outcome.created)


@strawberry.type(description="The result of a change to a user.")
class UserPayload(Payload):
    user_id: strawberry.Private[UUID | None]
    user: User | None = to_one("The user after the change; null if nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether the change created the user.")
    reassigned: int = strawberry.field(
        default=0, description=("The number of open opportunities that were reassigned.")
    )

    @classmethod
    def of(cls, outcome: UserSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(user_id=None)
        return cls(user_id=outcome.user_id, created=outcome.created, reassigned=outcome.reassigned)


PartnerInput = Annotated[UpsertPartnerInput, strawberry.argument(description="The partner.")]
UserInput = Annotated[UpsertUserInput, strawberry.argument(description="The user.")]
LeaverInput = Annotated[DeactivateUserInput, strawberry.argument(description="The user.")]


@strawberry.type
class IdentityMutation:
    @mutation(payload=PartnerPayload, noun=nouns.ORGANIZATION, description="Creates a partner, or changes one.")
    async def upsert_partner(self, viewer: Viewer, input: PartnerInput) -> PartnerSaved | Refused:
        partner = decode_given(input.partner_id, "ptr", "partnerId")
        return await upsert_partner(viewer, input.given(), partner_id=partner)

    @mutation(
        payload=UserPayload,
        noun=nouns.USER,
        description=(
            "Invites a user, or changes one. Channel managers manage the users of partners, administrators all users. "
            "Nobody can change their own role, organisation or access, and the last administrator can't be removed."
        ),
    )
    async def upsert_user(self, viewer: Viewer, input: UserInput) -> UserSaved | Refused:
        return await upsert_user(
            viewer,
            input.given(),
            user_id=decode_given(input.user_id, "usr", "userId"),
            reassign_to=decode_given(input.reassign_to, "usr", "reassignTo"),
        )

    @mutation(
        payload=UserPayload,
        noun=nouns.USER,
        description=(
            "Deactivates a user: sockets and streams end within a second, and tokens are rejected. The same "
            "permissions as for `upsertUser`, which can reactivate the user."
        ),
    )
    async def deactivate_user(self, viewer: Viewer, input: LeaverInput) -> UserSaved | Refused:
        heir = decode_given(input.reassign_to, "usr", "reassignTo")
        leaver = decode(input.user_id, "usr", "userId")
        return await deactivate_user(viewer, leaver, reassign_to=heir)
