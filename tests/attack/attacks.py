"""An attack: what is sent, and what a right server does with it.

Attacks are the module-level `Attack` objects of the files of a folder; `load` reads such a folder, the project's own
(`tests/attack/open`) or another one. They need a server's address and tokens of its users, nothing else of it.
"""

import importlib.util
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.attack.ledger import Ledger, Right
from tests.attack.target import Target

OPEN = Path(__file__).parent / "open"
KINDS = ("variables", "documents", "bytes", "sockets", "expressions", "cost", "memory")

Send = Callable[[Target, Ledger], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Attack:
    """`within`: most seconds that one answer may take; `limit`: most that all of them may, sending included;
    `slow`: it waits for the server's own deadlines, and is left out of samples.
    """

    kind: str
    name: str
    send: Send
    right: Right
    within: float
    limit: float
    slow: bool = False


def attack(
    kind: str, name: str, right: Right, *, within: float = 10.0, limit: float = 90.0, slow: bool = False
) -> Callable[[Send], Attack]:
    """Declares a coroutine function as an attack."""
    assert kind in KINDS, kind

    def declare(send: Send) -> Attack:
        return Attack(kind, name, send, right, within, limit, slow)

    return declare


def load(folder: Path) -> list[Attack]:
    """All attacks of a folder's files, by kind and in the order of their files."""
    found = [one for path in sorted(folder.glob("[!_]*.py")) for one in _declared(path)]
    names = [one.name for one in found]
    assert len(set(names)) == len(names), f"two attacks of {folder} have one name"
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def _declared(path: Path) -> list[Attack]:
    spec = importlib.util.spec_from_file_location(f"attacks_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [value for value in vars(module).values() if isinstance(value, Attack)]
