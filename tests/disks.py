"""A disk of a few megabytes, to be filled to its last byte."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

_BLOCK = b"\0" * 65_536


class Disk:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Returns when nothing more can be written to it."""
        size = len(_BLOCK)
        with self._filler.open("ab", buffering=0) as file:
            while size:
                try:
                    file.write(_BLOCK[:size])
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Disk]:
    """A file system in memory, which any user may write to. Only root may have one; others skip the test."""
    path = Path(mkdtemp(prefix="disk"))
    options = f"size={megabytes}m,mode=0777"
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, check=False
        ).returncode
    )
    try:
        if not mounted:
            pytest.skip("a disk to fill can be mounted by root alone")
        yield Disk(path)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", path], check=True)
        path.rmdir()
