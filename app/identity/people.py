"""Finding a user by what people call them."""

from app.database import Database
from app.vocabulary import Role

_FIND = """
SELECT coalesce(subject, id::text) AS subject FROM user_account
WHERE active AND (lower(email) = lower($1) OR name = $1 OR subject = $1 OR id::text = lower($1) OR role = $2)
ORDER BY created_at, id LIMIT 1
"""


class NoSuchUser(Exception):
    """Nobody active is called that."""


async def subject_of(database: Database, called: str) -> str:
    """The subject of the active user with this e-mail address, name, subject or id; of several, who was there first.

    So it is with a role's. Raises `NoSuchUser`.
    """
    role = called.strip().upper().replace("-", "_").replace(" ", "_")
    row = await database.fetchrow(_FIND, called.strip(), role)
    if row is None:
        raise NoSuchUser(f"No active user is called “{called}”. Roles: {', '.join(Role)}.")
    subject: str = row["subject"]
    return subject
