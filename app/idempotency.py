"""A change that is asked for again is made once.

A client that never got an answer can't know whether its change was made. With a `clientMutationId` it asks again: the
record of the first time was written in the transaction of its change, so it is there if and only if the change is, also
after a crash; and of two that arrive at once, the second waits for the first to commit.

Kept are the outcome's ids, by which the answer is read again, as the viewer may see it now. A refusal changed nothing
and isn't kept: asked again, it is decided anew.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import orjson
from pydantic import TypeAdapter

from app.database import Database, Transaction, database, joined, transaction
from app.database.sql import Sql, sql
from app.events.log import Reader
from app.events.tail import wake
from app.jobs import jobs
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.settings import settings
from app.vocabulary import ErrorCode

T = TypeVar("T")

LONGEST_KEY = 200
UNIQUE = "client_mutation_unique"

_FIND = "SELECT input_hash, outcome::text AS outcome FROM client_mutation WHERE user_id = $1 AND key = $2"
_CLAIM = """
INSERT INTO client_mutation (id, user_id, key, mutation, input_hash) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""
_KEEP = "UPDATE client_mutation SET outcome = $3::text::jsonb WHERE user_id = $1 AND key = $2"
_FORGET = "DELETE FROM client_mutation WHERE at < now() - $1::interval"


@dataclass(frozen=True, slots=True)
class Claim:
    """One viewer's id for one change. `former_hashes`: of records from before, which stand for the same input.
    `outcomes`: the classes of what its use case gives when it works."""

    user_id: UUID
    key: str
    mutation: str
    input_hash: bytes
    former_hashes: tuple[bytes, ...]
    outcomes: tuple[type, ...]


def claim(
    user_id: UUID, key: str, mutation: str, given: Sequence[object], outcomes: tuple[type, ...]
) -> Claim | Refused:
    """`given`: the input as plain data, without its `clientMutationId`: as it is kept, then as it was formerly."""
    if not 0 < len(key) <= LONGEST_KEY or "\0" in key:
        message = f"An id of your own has from 1 to {LONGEST_KEY} characters."
        return refused(ErrorCode.INVALID, message, "clientMutationId")
    kept, *former = (_hash(mutation, one) for one in given)
    return Claim(user_id, key, mutation, kept, tuple(former), outcomes)


def _hash(mutation: str, given: object) -> bytes:
    return sha256(orjson.dumps([mutation, given], default=str, option=orjson.OPT_SORT_KEYS)).digest()


class _Undone(Exception):
    """Takes the transaction back; the outcome stands."""


async def once(made: Claim, change: Callable[[], Awaitable[T]]) -> T | Refused:
    """What `change` gives, its transaction joined with that of the record; or what it gave the first time."""
    try:
        async with transaction() as tx:
            if await _claimed(tx, made):
                with joined(tx):
                    outcome = await change()
                if isinstance(outcome, Refused):
                    raise _Undone
                await tx.execute(_KEEP, made.user_id, made.key, written(outcome))
            else:
                outcome = await first_answer(tx, made)
    except _Undone:
        return outcome
    wake()
    return outcome


async def in_vain(change: Callable[[], Awaitable[T]]) -> T:
    """What `change` gives, and nothing of it stays."""
    try:
        async with transaction() as tx:
            with joined(tx):
                outcome = await change()
            raise _Undone
    except _Undone:
        return outcome


async def _claimed(tx: Transaction, made: Claim) -> bool:
    row = await tx.fetchrow(_CLAIM, new_id(), made.user_id, made.key, made.mutation, made.input_hash)
    return row is not None


async def first_answer(db: Reader, made: Claim) -> Any:
    """What came of it the first time, a refusal if that was something else, None if there was no first time."""
    row = await db.fetchrow(_FIND, made.user_id, made.key)
    if row is None:
        return None
    if row["input_hash"] not in (made.input_hash, *made.former_hashes):
        message = "This clientMutationId stands for another change of yours; give each change an id of its own."
        return refused(ErrorCode.IDEMPOTENCY_MISMATCH, message, "clientMutationId")
    return read(row["outcome"], made.outcomes)


def insertion(made: Claim, outcome: object, source: Sql) -> Sql:
    """The record as an `INSERT … SELECT … FROM source`, for a change that is one statement (see `app.deals.moves`).

    It fails that statement as a whole when there is a record already: see `is_repeated`.
    """
    return sql(
        "INSERT INTO client_mutation (id, user_id, key, mutation, input_hash, outcome)"
        " SELECT {}::uuid, {}::uuid, {}::text, {}::text, {}::bytea, {}::text::jsonb FROM {}",
        *(new_id(), made.user_id, made.key, made.mutation, made.input_hash, written(outcome), source),
    )


def is_repeated(error: asyncpg.UniqueViolationError) -> bool:
    return str(error.constraint_name) == UNIQUE


def written(outcome: Any) -> str:
    plain = outcome if isinstance(outcome, str) else _kept(outcome)
    return orjson.dumps({"is": type(outcome).__name__, "with": plain}, default=str).decode()


def _kept(outcome: Any) -> dict[str, Any]:
    """All but what is shown once: fields whose metadata say `kept=False`, which have a default."""
    left_out = {field.name for field in fields(outcome) if not field.metadata.get("kept", True)}
    return {name: value for name, value in asdict(outcome).items() if name not in left_out}


def read(text: str, outcomes: tuple[type, ...]) -> Any:
    stored = orjson.loads(text)
    found = next(known for known in outcomes if known.__name__ == stored["is"])
    return _adapter(found).validate_python(stored["with"])


@lru_cache(maxsize=64)
def _adapter(outcome: type) -> TypeAdapter[Any]:
    return TypeAdapter(outcome)


async def forget_old(db: Database, older_than: timedelta) -> None:
    await db.fetch(_FORGET, older_than)


@jobs.periodic(cron="37 3 * * *")
@jobs.task(name="forget_client_mutations", queueing_lock="forget_client_mutations")
async def forget_every_night(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await forget_old(database(), timedelta(days=settings().client_mutation_days))
