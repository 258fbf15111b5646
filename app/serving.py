"""`stagepath serve`: the listening socket, one or several server processes, and a clean end."""

import errno
import os
import signal
import socket
import sys

import uvicorn

from app import metrics
from app.processes import STARTING_SECONDS, Processes
from app.settings import Settings
from app.web.server import options

STALLED_MILLISECONDS = 30_000
"""How long a client may leave unread what was sent to it; then its connection is cut."""

Listener = socket.socket


def listen(host: str, port: int) -> socket.socket:
    """Raises `OSError`: the address is not ours, or in use."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    both = host == "::" and socket.has_dualstack_ipv6()
    listener = socket.create_server((host, port), family=family, backlog=2048, dualstack_ipv6=both)
    cut_stalled(listener)
    return listener


def is_ours(error: OSError) -> bool:
    """Whether the address is one of this machine's, so that only its port can be wrong."""
    strange = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return not isinstance(error, socket.gaierror) and error.errno not in strange


def cut_stalled(listener: socket.socket, milliseconds: int = STALLED_MILLISECONDS) -> None:
    """A subscriber that stops reading would hold its connection, its task and what waits for it for ever.

    Connections inherit this from their listener. Elsewhere than on Linux only the pings of WebSockets notice.
    """
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


def address_of(listener: socket.socket) -> str:
    return reached_at(*listener.getsockname()[:2])


def reached_at(host: str, port: int) -> str:
    """Where this machine reaches a server on that address: one that listens on all of them it reaches on its own."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Serving:
    """A server, or several server processes, which a signal ends in good order from here on, even before it runs.

    A handler that raises instead is not enough where other code is at work: Python forgets what it raises within a
    destructor or a weak reference's callback.
    """

    def __init__(self, settings: Settings, listener: socket.socket, *, database_url: str, workers: int) -> None:
        if settings.database_url is None:
            # An embedded database belongs to this process: the others only connect to it.
            os.environ["DATABASE_URL"] = database_url
        self._listener = listener
        config = uvicorn.Config(
            "app.main:application",
            factory=True,
            workers=workers,
            loop="uvloop",
            timeout_worker_healthcheck=STARTING_SECONDS,
            **options(settings),
        )
        if workers > 1:
            # One that is started in another's place serves on, although a newer version may have migrated meanwhile.
            os.environ["STAGEPATH_ACCEPT_NEWER_DATABASE"] = "true"
            metrics.share_between_processes()
            self._runs: uvicorn.Server | Processes = Processes(config, [listener])  # listens to signals by itself
        else:
            self._runs = uvicorn.Server(config)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self._runs.handle_exit)

    @property
    def told(self) -> bool:
        """Whether it has been told to stop."""
        if isinstance(self._runs, Processes):
            return bool(self._runs.signal_queue) or self._runs.should_exit.is_set()
        return self._runs.should_exit

    def run(self) -> bool:
        """Serve until told to stop; False when the server couldn't start."""
        if isinstance(self._runs, Processes):
            self._runs.run()
            return not self._runs.failed
        self._runs.run(sockets=[self._listener])
        return self._runs.started
