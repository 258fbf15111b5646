"""Sizes of this process's caches and queues, announced to its metrics."""

from app import sealing
from app.deals import plays
from app.events import tail
from app.identity import users
from app.identity.tokens import TokenVerifier
from app.recommendations import board, contents
from app.sizes import CacheSize, announce, held
from app.web.sessions import Sessions
from schema.engine.serve.kept import bytes_held, kept

CURSOR_BYTES = 600
"""A sealed cursor with what it was made of."""


def announce_caches(verifier: TokenVerifier, sessions: Sessions) -> None:
    announce("documents", lambda: CacheSize(len(kept), bytes_held()))
    announce("tokens", verifier.held)
    announce("viewers", lambda: held(users._viewers._kept))
    announce("playbooks", lambda: held(plays._kept))
    announce("rule_boards", lambda: held(board._kept))
    announce("contents", lambda: held(contents._kept))
    announce("cursors", _cursors)
    announce("fanout_queues", _queues)
    announce("sessions", lambda: held(sessions._watches))


def _cursors() -> CacheSize:
    number = sealing._in_letters.cache_info().currsize
    return CacheSize(number, number * CURSOR_BYTES)


def _queues() -> CacheSize:
    waiting = [event for followed in tail._running for event in followed.fanout.waiting()]
    return held(waiting)
