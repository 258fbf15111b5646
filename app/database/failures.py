"""Failures that are no fault of what was asked: the database can't be reached, or can't do it at the moment."""

import errno
from enum import StrEnum

import asyncpg

UNREACHABLE: tuple[type[Exception], ...] = (
    OSError,  # refused, reset, timed out, or its socket is not there
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,  # told only as a connection begins, as the next one
    asyncpg.InvalidCatalogNameError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)
MAYBE_UNREACHABLE = (*UNREACHABLE, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Cause(StrEnum):
    """Why the database didn't do what it does otherwise."""

    UNREACHABLE = "DATABASE_UNREACHABLE"
    DISK_FULL = "DATABASE_DISK_FULL"
    READ_ONLY = "DATABASE_READ_ONLY"
    EXHAUSTED = "DATABASE_EXHAUSTED"
    """Out of memory, locks, or what else its configuration allows."""
    TOO_MANY_CONNECTIONS = "DATABASE_TOO_MANY_CONNECTIONS"
    IO_ERROR = "DATABASE_IO_ERROR"
    SERVER_DISK_FULL = "SERVER_DISK_FULL"
    """Ours, not the database's."""


# SQLSTATEs: whole ones come before their classes.
_STATES = {
    "25006": Cause.READ_ONLY,
    "3D000": Cause.UNREACHABLE,
    "53100": Cause.DISK_FULL,
    "53300": Cause.TOO_MANY_CONNECTIONS,
    "57P01": Cause.UNREACHABLE,
    "57P02": Cause.UNREACHABLE,
    "57P03": Cause.UNREACHABLE,
    "57P04": Cause.UNREACHABLE,
    "57P05": Cause.UNREACHABLE,
}
_CLASSES = {"08": Cause.UNREACHABLE, "28": Cause.UNREACHABLE, "53": Cause.EXHAUSTED, "58": Cause.IO_ERROR}
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def cause_of(error: BaseException | None) -> Cause | None:
    """None: the failure is about what was asked, or a mistake of ours. Knows both drivers, asyncpg and psycopg."""
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _STATES.get(state) or _CLASSES.get(state[:2])
    if isinstance(error, OSError):
        return Cause.SERVER_DISK_FULL if error.errno in _NO_SPACE else Cause.UNREACHABLE
    if isinstance(error, asyncpg.InterfaceError):  # which also stands for mistakes of ours
        return Cause.UNREACHABLE if "closed" in str(error) or "closing" in str(error) else None
    # The server said good-bye between the two halves of a statement: its preparation and its execution.
    if isinstance(error, asyncpg.InternalClientError):
        cut = "cannot switch to state" in str(error) or "not connected" in str(error)
        return Cause.UNREACHABLE if cut else None
    return Cause.UNREACHABLE if isinstance(error, UNREACHABLE) else None


def is_unreachable(error: BaseException | None) -> bool:
    """Whether it is worth trying again later, unchanged."""
    return cause_of(error) is not None
