"""Taking in partners, inviting their people, and sending them away."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app.members.partners import PartnerSaved, upsert_partner
from app.members.users import UserSaved, deactivate_user, upsert_user
from app.outcomes import Refused
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.enums import PartnerKind, PartnerTier, Role
from schema.errors import UserError
from schema.identity.types import Partner, User
from schema.mutation import client_mutation_id, mutation


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=f"{description} Leave it out to keep it.")


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="What the user can mend; empty when it worked.")


HEIR = (
    "Who takes over the open deals of somebody who leaves, and the partners that they look after: somebody active of "
    "the same partner, or of the vendor. Without it the change is refused with `BLOCKED` where there are any."
)


@strawberry.input(description="A partner. One without `partnerId`, and without a `key` that is known, is taken in.")
class UpsertPartnerInput:
    partner_id: strawberry.ID | None = _said("The partner to change; or name it by its key.")
    key: str | None = _said(
        "Short name for programs: letters a to z, digits and hyphens. Made from the name of a new partner if nothing "
        "is said; never changes."
    )
    name: str | None = _may_change("What it is called, up to 200 characters; a new partner needs it.")
    tier: PartnerTier | None = _may_change("Its level in the programme.")
    kind: PartnerKind | None = _may_change("What it does for its living.")
    industries: list[str] | None = _may_change("Industries it serves; empty: any.")
    region: str | None = _may_change("Where it works.")
    channel_manager_id: strawberry.ID | None = _may_change("Who looks after it: an active user of the vendor.")
    client_mutation_id: str | None = client_mutation_id()

    def given(self) -> dict[str, Any]:
        found = _present(self, {"name": "name", "tier": "tier", "kind": "partner_kind", "region": "region"})
        found |= _present(self, {"industries": "industries"})
        if self.key is not None:
            found["key"] = self.key
        if self.channel_manager_id is not strawberry.UNSET:
            found["channel_manager_id"] = _key(self.channel_manager_id, "usr", "channelManagerId")
        return found


@strawberry.input(
    description="A user. One without `userId`, and without an `email` that is known in the organisation, is invited."
)
class UpsertUserInput:
    user_id: strawberry.ID | None = _said("The user to change; or name them by their address.")
    name: str | None = _may_change("Full name; a new user needs it.")
    email: str | None = _may_change(
        "Their e-mail address, which nobody else has, in whatever case; whom the identity provider vouches for as its "
        "owner signs in as this user, at the first time."
    )
    role: Role | None = _may_change("What they are; a new user needs it, and it has to suit the organisation.")
    partner_id: strawberry.ID | None = _may_change("The partner they work for; null: the vendor, as for a new user.")
    language: str | None = _may_change("Language they work in, as a BCP 47 tag.")
    time_zone: str | None = _may_change("Time zone they work in, by its IANA name.")
    subject: str | None = _may_change(
        "The `sub` of their tokens, where it is known beforehand; null: whoever owns the address may sign in anew. For "
        "the vendor's administrators."
    )
    active: bool | None = _may_change("Whether they can sign in.")
    reassign_to: strawberry.ID | None = _said(HEIR)
    client_mutation_id: str | None = client_mutation_id()

    def given(self) -> dict[str, Any]:
        names = ("name", "email", "role", "language", "time_zone", "subject", "active")
        found = _present(self, {name: name for name in names})
        if self.partner_id is not strawberry.UNSET:
            found["partner_id"] = _key(self.partner_id, "ptr", "partnerId")
        return found


@strawberry.input(description="Whom to sign out for good.")
class DeactivateUserInput:
    user_id: strawberry.ID = strawberry.field(description="The user.")
    reassign_to: strawberry.ID | None = _said(HEIR)
    client_mutation_id: str | None = client_mutation_id()


def _present(given: Any, columns: dict[str, str]) -> dict[str, Any]:
    return {
        column: getattr(given, name) for name, column in columns.items() if getattr(given, name) is not strawberry.UNSET
    }


def _key(text: str | None, prefix: str, argument: str) -> UUID | None:
    return None if text is None else decode(text, prefix, argument)


@strawberry.type(description="A partner after a change.")
class PartnerPayload:
    partner_id: strawberry.Private[UUID | None]
    partner: Partner | None = to_one("The partner as it stands now; null when nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether it is a new one.")
    user_errors: list[UserError] = _errors()
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: PartnerSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(partner_id=None)
        return cls(partner_id=outcome.partner_id, created=outcome.created)


@strawberry.type(description="A user after a change.")
class UserPayload:
    user_id: strawberry.Private[UUID | None]
    user: User | None = to_one("The user as they stand now; null when nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether they are new.")
    reassigned: int = strawberry.field(default=0, description="How many open deals went to somebody else.")
    user_errors: list[UserError] = _errors()
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

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
    @mutation(permission=Permission.MANAGE_PARTNERS, description="Take in a partner, or change what is known of one.")
    async def upsert_partner(self, info: Info, input: PartnerInput) -> PartnerPayload:
        partner = _key(input.partner_id, "ptr", "partnerId")
        return await upsert_partner(info.context.viewer, input.given(), partner_id=partner)  # type: ignore[return-value]

    @mutation(
        permission=Permission.MANAGE_USERS,
        description="Invite a user, or change one. Channel managers do so for partners' people, the vendor's "
        "administrators for everybody; nobody changes their own role, organisation or access, "
        "and the last administrator stays one.",
    )
    async def upsert_user(self, info: Info, input: UserInput) -> UserPayload:
        return await upsert_user(  # type: ignore[return-value]
            info.context.viewer,
            input.given(),
            user_id=_key(input.user_id, "usr", "userId"),
            reassign_to=_key(input.reassign_to, "usr", "reassignTo"),
        )

    @mutation(
        permission=Permission.MANAGE_USERS,
        description="Sign a user out everywhere, for good: their sockets and streams end within a second, and their "
        "tokens are refused. Who may do so to whom: as with `upsertUser`, which lets them in again.",
    )
    async def deactivate_user(self, info: Info, input: LeaverInput) -> UserPayload:
        heir = _key(input.reassign_to, "usr", "reassignTo")
        leaver = decode(input.user_id, "usr", "userId")
        return await deactivate_user(info.context.viewer, leaver, reassign_to=heir)  # type: ignore[return-value]
