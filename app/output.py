"""The output of a command: a file, or its standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO

import typer

STANDARD_OUTPUT = "the standard output"


def tolerate_any_terminal() -> None:
    """Letters that the terminal or pipe can't show become `?`; without this they end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


class Output:
    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name

    def write(self, part: bytes) -> None:
        """Raises `OSError` with the file's name, which tells it from one of a connection."""
        with _named(self._name):
            self._file.write(part)

    def flush(self) -> None:
        """Raises as `write`."""
        with _named(self._name):
            self._file.flush()


@contextmanager
def output(path: Path | None) -> Iterator[Output]:
    """All is written when the block ends. Raises `OSError` with the file's name."""
    if path is None:
        written = Output(typer.get_binary_stream("stdout"), STANDARD_OUTPUT)
        yield written
        written.flush()
        return
    with _named(str(path)):
        file = path.open("wb")
    written = Output(file, str(path))
    try:
        yield written
        written.flush()
    finally:
        with suppress(OSError):  # it tries again to write what could not be written, which was told
            file.close()


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from None
