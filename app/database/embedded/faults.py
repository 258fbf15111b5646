"""The reason why the embedded PostgreSQL can't run, as a sentence for whoever started it."""

from pathlib import Path

ELSEWHERE = "STAGEPATH_STATE_DIR names another directory, DATABASE_URL another PostgreSQL"


class Unstartable(Exception):
    """What keeps PostgreSQL from running, and what to change."""


def shown(path: Path) -> str:
    """For a message of one line: a path may hold any byte but zero, line ends included."""
    text = str(path)
    return text if text.isprintable() else ascii(text)


def refused(path: Path, error: OSError) -> Unstartable:
    return Unstartable(f"{shown(path)} can't be used ({error.strerror}); {ELSEWHERE}.")
