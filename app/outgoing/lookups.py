"""Look-ups of names by the system, in threads: a name server that is silent holds up no other host's.

Whoever asks for a host that is being looked up waits for the same answer. A host has two threads at most and the hosts
of one domain eight, since the system can't be told to give up; a host whose look-up took too long is left alone for a
while.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic

Look = Callable[[str, int], Sequence[str]]
THREADS, OF_A_HOST, OF_A_DOMAIN = 64, 2, 8
WITHIN_SECONDS, QUIET_SECONDS = 5.0, 30.0
BUSY_SECONDS = 0.05
"""Between two looks whether the domain has a thread again."""


def by_system(host: str, port: int) -> Sequence[str]:
    """Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Lookups:
    """`within`: seconds for one, from when its thread begins; `quiet`: for which a host is left alone that took
    longer."""

    def __init__(self, look: Look = by_system, *, within: float = WITHIN_SECONDS, quiet: float = QUIET_SECONDS) -> None:
        self._look = look
        self._within = within
        self._quiet = quiet
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="outgoing-names")
        self._lock = Lock()
        self._running: Counter[str] = Counter()
        self._asked: dict[str, Future[Sequence[str]]] = {}
        self._silent: dict[str, float] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Raises `OSError`."""
        while True:
            if monotonic() < self._silent.get(host, 0.0):
                raise TimeoutError("its name server was silent a moment ago")
            asked = self._ask(host, port)
            if asked is not None:
                break
            await asyncio.sleep(BUSY_SECONDS)
        try:
            async with asyncio.timeout(self._within):
                return await asyncio.shield(asyncio.wrap_future(asked))
        except TimeoutError:
            if not asked.done():
                self._give_up(host, asked)
            raise TimeoutError("its name server is silent") from None

    def _ask(self, host: str, port: int) -> Future[Sequence[str]] | None:
        """None: its domain has as many threads as it may have. Raises `OSError` where the host has."""
        domain = _domain(host)
        with self._lock:
            if (there := self._asked.get(host)) is not None:
                return there
            if self._running[host] >= OF_A_HOST:
                raise TimeoutError("its name server is silent")
            if self._running[domain] >= OF_A_DOMAIN:
                return None
            self._running.update((host, domain))
            asked = self._asked[host] = self._threads.submit(self._look, host, port)
        asked.add_done_callback(lambda _: self._ended(host, domain, asked))
        return asked

    def _ended(self, host: str, domain: str, asked: Future[Sequence[str]]) -> None:
        with self._lock:
            if self._asked.get(host) is asked:
                del self._asked[host]
            self._running.subtract((host, domain))
            for name in (host, domain):
                if not self._running[name]:
                    del self._running[name]

    def _give_up(self, host: str, asked: Future[Sequence[str]]) -> None:
        """One that has not begun is none of its name server's silence."""
        if not asked.running():
            return
        now = monotonic()
        with self._lock:
            self._silent = {name: until for name, until in self._silent.items() if until > now}
            self._silent[host] = now + self._quiet
            if self._asked.get(host) is asked:
                del self._asked[host]


def _domain(host: str) -> str:
    """What the same people have registered, more or less; not to be taken for a host."""
    return "." + ".".join(host.split(".")[-2:])


resolve = Lookups()
