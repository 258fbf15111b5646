"""`stagepath admin`, `users` and `partners`: who takes part, by commands of whoever may use the database.

They have no wall before them and ask nobody's permission: for the embedded database they take the rights of the state
directory's owner, for another one its `DATABASE_URL`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from app.command import FAILED, explained
from app.database import Database
from app.events import notify
from app.members import listing
from app.members.admins import create_admin
from app.members.listing import NoSuchPartner, NoSuchPerson, partner_called, person_called
from app.members.partners import PartnerSaved, upsert_partner
from app.members.users import UserSaved, upsert_user
from app.outcomes import Refused
from app.settings import Settings
from app.start import opened
from app.vocabulary import PartnerKind, PartnerTier, Role

T = TypeVar("T")

admin = typer.Typer(help="Administrators of the programme.", no_args_is_help=True)
users = typer.Typer(help="People who sign in.", no_args_is_help=True)
partners = typer.Typer(help="Channel partners.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="Full name.")]
Email = Annotated[str, typer.Option(help="E-mail address; its owner signs in by it.")]
Subject = Annotated[str | None, typer.Option(help="The `sub` of the user's tokens, if known in advance.")]
Who = Annotated[str, typer.Argument(help="Name, e-mail address, subject or id.")]
Heir = Annotated[str | None, typer.Option(metavar="WHO", help="User who takes over open deals and partners.")]


@admin.command()
def create(
    name: Name,
    email: Email,
    subject: Subject = None,
    vendor: Annotated[str | None, typer.Option(help="Name of the vendor, if there is none yet.")] = None,
    another: Annotated[
        bool, typer.Option("--another", help="Create another one, although there is an administrator.")
    ] = False,
) -> None:
    """Create the first administrator, who invites everybody else."""
    given = {"name": name, "email": email} | _said(subject=subject)

    async def run(_: Database) -> UserSaved:
        return _done(await create_admin(given, vendor_name=vendor, another=another))

    saved = _run(run)
    typer.echo(
        f"{name} {'administers' if saved.created else 'existed, and administers'} the programme: {saved.user_id}"
    )


@users.command(name="list")
def list_users(
    inactive: Annotated[bool, typer.Option("--inactive", help="Only users who can't sign in.")] = False,
    partner: Annotated[str | None, typer.Option(metavar="KEY", help="Only those of this partner.")] = None,
) -> None:
    """Print users, one a line."""

    async def run(database: Database) -> list[str]:
        return await listing.users(database, inactive=inactive, partner=partner)

    _print(_run(run), "No users yet: `stagepath admin create` creates the first.")


@users.command(name="create")
def create_user(
    name: Name,
    email: Email,
    role: Annotated[Role, typer.Option(help="Role.")],
    partner: Annotated[
        str | None, typer.Option(metavar="KEY", help="Partner that the user works for; the vendor, if not given.")
    ] = None,
    subject: Subject = None,
    language: Annotated[str | None, typer.Option(help="Preferred language, such as de.")] = None,
) -> None:
    """Invite a user."""

    async def run(database: Database) -> UserSaved:
        given = {"name": name, "email": email, "role": role} | _said(subject=subject, language=language)
        if partner is not None:
            given["partner_id"] = await partner_called(database, partner)
        await listing.nobody_has(database, email)
        return _done(await upsert_user(None, given))

    typer.echo(f"Invited {name}: {_run(run).user_id}")


@users.command()
def activate(who: Who) -> None:
    """Activate a user."""
    _change(who, {"active": True}, "can sign in")


@users.command()
def deactivate(who: Who, reassign_to: Heir = None) -> None:
    """Deactivate a user, and sign them out everywhere."""
    _change(who, {"active": False}, "can't sign in any more", reassign_to)


@users.command()
def role(who: Who, role: Annotated[Role, typer.Argument(help="New role.")]) -> None:
    """Change a user's role."""
    _change(who, {"role": role}, f"is {role.value}")


@users.command()
def move(
    who: Who,
    role: Annotated[Role, typer.Option(help="Role there.")],
    partner: Annotated[
        str | None, typer.Option(metavar="KEY", help="Partner that the user works for; the vendor, if not given.")
    ] = None,
    reassign_to: Heir = None,
) -> None:
    """Move a user to another partner, or to the vendor."""
    _change(who, {"role": role}, f"works for {partner or 'the vendor'}", reassign_to, partner=partner, moved=True)


@partners.command(name="create")
def create_partner(
    name: Annotated[str, typer.Option(help="Name.")],
    key: Annotated[str | None, typer.Option(help="Machine-readable key; made from the name if not given.")] = None,
    tier: Annotated[PartnerTier | None, typer.Option(help="Tier in the programme.")] = None,
    kind: Annotated[PartnerKind | None, typer.Option(help="Line of business.")] = None,
    industry: Annotated[list[str] | None, typer.Option(help="Industry it serves; repeat. None: any.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of business.")] = None,
) -> None:
    """Create a partner."""
    given = {"name": name} | _said(tier=tier, partner_kind=kind, industries=industry, region=region)

    async def run(database: Database) -> PartnerSaved:
        await listing.no_partner_is(database, key)
        return _done(await upsert_partner(None, given | _said(key=key)))

    typer.echo(f"Created the partner {name}: {_run(run).partner_id}")


@partners.command(name="list")
def list_partners() -> None:
    """Print partners, one a line."""
    _print(_run(listing.partners), "No partners yet: `stagepath partners create` creates one.")


def _change(
    who: str,
    given: dict[str, Any],
    became: str,
    heir: str | None = None,
    *,
    partner: str | None = None,
    moved: bool = False,
) -> None:
    async def run(database: Database) -> tuple[str, UserSaved]:
        id, name = await person_called(database, who)
        reassign_to: UUID | None = None
        if heir is not None:
            reassign_to, _ = await person_called(database, heir)
        if moved:
            given["partner_id"] = await partner_called(database, partner) if partner else None
        return name, _done(await upsert_user(None, given, user_id=id, reassign_to=reassign_to))

    name, saved = _run(run)
    typer.echo(f"{name} {became}.{f' {saved.reassigned} open deals were handed over.' if saved.reassigned else ''}")


class _Declined(Exception):
    pass


def _done(outcome: T | Refused) -> T:
    if isinstance(outcome, Refused):
        raise _Declined(" ".join(error.message for error in outcome.errors))
    return outcome


def _run(act: Callable[[Database], Awaitable[T]]) -> T:
    async def run(chosen: Settings) -> T:
        async with opened(chosen) as database:
            found = await act(database)
            await notify(database)  # servers follow the log that this may have written to
            return found

    with explained() as chosen:
        try:
            return asyncio.run(run(chosen))
        except (_Declined, NoSuchPerson, NoSuchPartner) as declined:
            typer.echo(str(declined), err=True)
            raise typer.Exit(FAILED) from None


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _print(lines: list[str], nothing: str) -> None:
    for line in lines or [nothing]:
        typer.echo(line)
