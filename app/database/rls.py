"""Row-level security per statement: the viewer that a statement runs for is carried in the statement itself.

Two roles of the database, which own nothing: OPEN sees every row (for the vendor's people and the system's own work),
WALLED what its policies let through (for partners' people; the policies: `app.identity.rls_policies`). Each has
connections of its own. Which of them a statement takes is a matter of the context that it runs in:

    with as_viewer(rls_setting(viewer)): await database().fetch(…)
    with as_viewer(NOTHING): …           sees nothing: a request before its viewer is known
    with as_viewer(None): …              the system: whatever runs outside of requests

A connection never remembers a viewer. The setting that policies read lasts for one transaction. A statement outside of
a transaction carries it along (`carrying`), so there is no further round trip and nothing to be reset, also when its
task is cancelled; an explicit transaction begins with it. Whatever goes wrong with it, the wall is shut: without the
setting, no policy lets anything through.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from app.database.sql import Slot, sql

OPEN, WALLED = "stagepath_open", "stagepath_walled"
SETTING = "stagepath.viewer"


class RlsSetting(NamedTuple):
    """What the policies are told, as `app.identity.rls_policies` says it: in statements that read, and in
    transactions, which may write."""

    reading: str
    writing: str


NOTHING = RlsSetting("", "")

_behind: ContextVar[RlsSetting | None] = ContextVar("whom statements are run for", default=None)


@contextmanager
def as_viewer(seen: RlsSetting | None) -> Iterator[None]:
    """Inside, statements are run for this viewer; None: for the system."""
    token = _behind.set(seen)
    try:
        yield
    finally:
        _behind.reset(token)


def continue_as_viewer(seen: RlsSetting | None) -> None:
    """As `as_viewer`, for the rest of the running task."""
    _behind.set(seen)


def seen() -> RlsSetting | None:
    return _behind.get()


WALL = Slot("wall")
RLS_PREAMBLE = sql(f"(SELECT set_config('{SETTING}', {{}}::text, true)) IS NOT NULL", WALL)
"""A condition that tells the policies for whom a statement is (`seen().reading`), for one that changes something by
itself.

It has to stand where it is judged before any row is read, as beside the key of an UPDATE. In a transaction, which has
told them already, there must be none.
"""

_CHANGES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|LOCK)\b", re.IGNORECASE)
_MOST = 5_000
_carrying: dict[str, tuple[str, bool] | None] = {}


def carrying(text: str, parameters: int) -> tuple[str, bool] | None:
    """The statement, and whether it takes the setting as a last parameter; None when it changes something, ungated.

    The condition holds no column, so PostgreSQL judges it once, in a Result node above everything it wraps, before that
    is read. Were that to change, policies would find no setting and let nothing through.
    """
    try:
        return _carrying[text]
    except KeyError:
        pass
    if len(_carrying) >= _MOST:
        _carrying.clear()
    if SETTING in text:
        carried: tuple[str, bool] | None = (text, False)
    elif _CHANGES.search(text):
        carried = None
    else:
        gate = f"(SELECT set_config('{SETTING}', ${parameters + 1}::text, true)) IS NOT NULL"
        carried = (f"SELECT seen.* FROM ({text}) seen WHERE {gate}", True)  # noqa: S608
    _carrying[text] = carried
    return carried
