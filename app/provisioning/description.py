"""A user as SCIM describes them, and as they are here: what of the one becomes of the other."""

import re
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from scim2_models import Context, Meta, Resource
from scim2_models.resources.user import Email, GroupMembership

from app.languages import NoSuchLanguage, NoSuchTimeZone, canonical_language, canonical_time_zone
from app.members.addresses import is_address
from app.provisioning.resources import Group, Member, User, UserResource

APART = ("schemas", "id", "meta", "userName", "externalId", "active", "groups")
"""What of a user has a column of its own, or is somebody else's."""
UNSAID = "activeUnsaid"
"""What a user was when the provider took back what it had said of `active`: it stays so, and isn't told."""
SAID = "activeSaid"
"""What the provider last said of `active`, whatever somebody here has made of it since."""


def attributes_of(resource: Any) -> dict[str, Any]:
    """All else that is kept of a user."""
    dumped: dict[str, Any] = resource.model_dump(scim_ctx=Context.DEFAULT)
    return {name: value for name, value in dumped.items() if name not in APART}


def is_active(row: asyncpg.Record) -> bool:
    """As far as the provider is concerned, whether or not they have access."""
    return bool(row["waiting"] if row["placed"] is False else row["active"])


def name_of(resource: Any) -> str:
    name = resource.name
    parts = (name.given_name, name.family_name) if name else ()
    said = (resource.display_name, name and name.formatted, " ".join(filter(None, parts)), resource.user_name)
    return next(one.strip() for one in said if one and one.strip())


def address_of(resource: Any) -> str | None:
    """The primary address, else the one at work, else the first; else the user name, where that is one."""
    listed = [email for email in resource.emails or () if email.value]
    order = sorted(listed, key=lambda email: (not email.primary, str(email.type or "").lower() != "work"))
    said = [order[0].value] if order else [resource.user_name]
    return next((one.strip() for one in said if is_address(one.strip())), None)


def settings_of(resource: Any) -> dict[str, str]:
    """Language and time zone, where they are ones; what a provider has that is none changes nothing."""
    found = {}
    for said in (resource.preferred_language, resource.locale):
        try:
            # As browsers say it (`en-US, en;q=0.8`), and as Java does (`en_US`).
            tag = re.split(r"[,;]", said or "")[0].strip().replace("_", "-")
            if tag and "language" not in found:
                found["language"] = canonical_language(tag)
        except NoSuchLanguage:
            continue
    try:
        if resource.timezone:
            found["time_zone"] = canonical_time_zone(resource.timezone.strip())
    except NoSuchTimeZone:
        pass
    return found


def marks_of(row: asyncpg.Record) -> dict[str, bool]:
    """`SAID` and `UNSAID`, as far as there are such."""
    return {name: value for name, value in _kept(row).items() if name in (SAID, UNSAID)}


def said_of(row: asyncpg.Record) -> User[Any]:
    """The user as the provider described them last, whatever was changed here since; `active` is left to `marks_of`.
    Of whom it has described nothing yet, it knows what it finds here."""
    return user_of(row) if row["user_name"] is None else _described(row)


def _kept(row: asyncpg.Record) -> dict[str, Any]:
    kept: dict[str, Any] = orjson.loads(row["attributes"]) if row["attributes"] else {}
    return kept


def _described(row: asyncpg.Record) -> User[Any]:
    resource: User[Any] = UserResource.model_validate(
        {
            **{name: value for name, value in _kept(row).items() if name not in (SAID, UNSAID)},
            "userName": row["user_name"] or row["email"] or row["subject"] or str(row["id"]),
        },
        scim_ctx=Context.DEFAULT,
    )
    resource.id, resource.external_id = str(row["id"]), row["external_id"]
    return resource


def user_of(row: asyncpg.Record) -> User[Any]:
    """The resource of a row of `app.provisioning.reading`. What was changed here since the provider said it, is as it
    is here."""
    resource = _described(row)
    if name_of(resource) != row["name"]:
        resource.display_name = row["name"]
    if row["email"] and (row["user_name"] is None or address_of(resource) != row["email"]):
        resource.emails = [Email(value=row["email"], type="work", primary=True)]
    active = is_active(row)
    resource.active = None if marks_of(row).get(UNSAID) is active else active
    resource.groups = [
        GroupMembership(value=group["id"], display=group["name"], ref=f"Groups/{group['id']}", type="direct")
        for group in orjson.loads(row["groups"])
    ] or None
    dumped = orjson.dumps(resource.model_dump(scim_ctx=Context.DEFAULT), option=orjson.OPT_SORT_KEYS, default=str)
    resource.meta = Meta(
        resource_type="User",
        created=row["created_at"],
        last_modified=row["updated_at"] or row["created_at"],
        version=f'W/"{sha256(dumped).hexdigest()[:20]}"',
    )
    return resource


def group_of(row: asyncpg.Record, members: list[asyncpg.Record] | None) -> Group:
    """`members` None: they were not read, since nobody asked for them."""
    listed = [Member(value=str(member["id"]), ref=f"Users/{member['id']}", type="User") for member in members or ()]
    return Group(
        id=str(row["id"]),
        external_id=row["external_id"],
        display_name=row["display_name"],
        members=listed or None,
        meta=Meta(
            resource_type="Group",
            created=row["created_at"],
            last_modified=row["updated_at"],
            version=f'W/"{int(row["updated_at"].timestamp() * 1_000_000):x}"',
        ),
    )


def version_of(resource: Resource[Any]) -> str | None:
    return resource.meta.version if resource.meta else None


def as_uuid(text: str | None) -> UUID | None:
    """Of an id as it is given out, in whatever case."""
    try:
        found = UUID(text or "")
    except ValueError:
        return None
    return found if str(found) == (text or "").lower() else None
