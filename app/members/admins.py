"""The first administrator, without whom nobody can invite anybody."""

from collections.abc import Mapping
from typing import Any

from app.database import joined, transaction
from app.deals.names import tidy
from app.members import store
from app.members.users import UserSaved, upsert_user
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, Role

VENDOR_NAME = "Vendor"
ALREADY = "There is an administrator already, who can invite others; for a further one by command, say `--another`."


class _Undone(Exception):
    def __init__(self, outcome: Refused) -> None:
        self.outcome = outcome


async def create_admin(
    given: Mapping[str, Any], *, vendor_name: str | None = None, another: bool = False
) -> UserSaved | Refused:
    """Make an administrator of whom a command names: a new user, or one of the vendor's by their address.

    Once: where somebody can sign in as one, `another` has to say that a further one is meant. `given`: name, email and
    perhaps subject. `vendor_name`: what the vendor is called, if this makes it.
    """
    try:
        async with transaction() as tx:
            await store.take_turn(tx)
            if await store.admins(tx) and not another:
                raise _Undone(refused(ErrorCode.CONFLICT, ALREADY))
            await store.vendor_made(tx, tidy(vendor_name or "") or VENDOR_NAME)
            with joined(tx):
                outcome = await upsert_user(None, {**given, "role": Role.VENDOR_ADMIN, "active": True})
            if isinstance(outcome, Refused):
                raise _Undone(outcome)
    except _Undone as undone:
        return undone.outcome
    return outcome
