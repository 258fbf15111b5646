"""Which failures mean that the database can't be reached, rather than that we asked it something wrong."""

import asyncpg

UNREACHABLE: tuple[type[Exception], ...] = (
    OSError,  # refused, reset, timed out, or its socket is not there
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
MAYBE_UNREACHABLE = (*UNREACHABLE, asyncpg.InterfaceError, asyncpg.InternalClientError)


def is_unreachable(error: BaseException | None) -> bool:
    if isinstance(error, asyncpg.InterfaceError):  # which also stands for mistakes of ours
        return "closed" in str(error) or "closing" in str(error)
    # The server said good-bye between the two halves of a statement: its preparation and its execution.
    if isinstance(error, asyncpg.InternalClientError):
        return "cannot switch to state" in str(error) or "not connected" in str(error)
    return isinstance(error, UNREACHABLE)
