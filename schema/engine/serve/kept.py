"""The cache of documents and their plans, bounded in bytes: the least recently used go first."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from app.settings import settings


class Kept:
    """Values by key, each with an estimate of the bytes that it holds. May be used from any thread."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        self.held = 0
        """Bytes of all values together."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any:
        """None when it isn't there."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Any, size: int) -> Any:
        """The value that is kept under that key: of two that were made at the same time, the first."""
        with self._lock:
            known = self._entries.get(key)
            if known is not None:
                return known[0]
            self._entries[key] = value, size
            self.held += size
            self._make_room()
        return value

    def grow(self, key: Hashable, value: Any, size: int) -> None:
        """The value, if it is still kept, holds so much more."""
        with self._lock:
            known = self._entries.get(key)
            if known is not None and known[0] is value:
                self._entries[key] = value, known[1] + size
                self.held += size
                self._make_room()

    def _make_room(self) -> None:
        most = self._most if self._most is not None else settings().document_cache_bytes
        while self.held > most and self._entries:
            _, (_, size) = self._entries.popitem(last=False)
            self.held -= size


kept = Kept()
"""This process's."""


def bytes_held() -> int:
    """By documents, read and checked, with their outlines, plans and prices; an estimate, for metrics."""
    return kept.held
