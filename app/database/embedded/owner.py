"""The operating-system user that PostgreSQL runs as: ours or, since it refuses root, a user id of its own that needs no
name."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from app.database.embedded.faults import Unstartable, shown

UNNAMED = 61_100
"""Where root starts it and nobody owns the files yet. Outside of what distributions and systemd give to anybody."""

_ENTER = stat.S_IXOTH
_READ = stat.S_IROTH


@dataclass(frozen=True, slots=True)
class Owner:
    uid: int
    gid: int

    @property
    def is_another(self) -> bool:
        return self.uid != os.geteuid()

    def take(self, path: Path) -> None:
        """Raises `OSError`."""
        if self.is_another:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def take_all(self, top: Path) -> None:
        """What belongs to root below `top`, as after a copy, included. Raises `OSError`."""
        if not self.is_another:
            return
        for folder, _, names in os.walk(top):
            for path in (Path(folder), *(Path(folder, name) for name in names)):
                if path.lstat().st_uid != self.uid:
                    self.take(path)


def owner_of(files: Path) -> Owner:
    """Raises `Unstartable` where that is neither us nor anybody whom we may become."""
    owned = files.stat() if files.exists() else None
    if os.geteuid() != 0:
        if owned is not None and owned.st_uid != os.geteuid():
            raise Unstartable(
                f"{shown(files)} belongs to user id {owned.st_uid}, and this process runs as {os.geteuid()}; "
                "run it as that user, or name another STAGEPATH_STATE_DIR."
            )
        return Owner(os.geteuid(), os.getegid())
    if owned is not None and owned.st_uid != 0:
        return Owner(owned.st_uid, owned.st_gid)
    return Owner(UNNAMED, UNNAMED)


def open_way(target: Path, owner: Owner) -> None:
    """Let another user pass through the folders above `target`, without showing what is in them."""
    if not owner.is_another:
        return
    for folder in target.parents:
        known = folder.stat()
        if known.st_uid != owner.uid and not known.st_mode & _ENTER:
            _allow(folder, known.st_mode | _ENTER)


def open_programs(top: Path, owner: Owner) -> None:
    """Let another user run what an installation under a strict umask has closed to everybody else."""
    if not owner.is_another:
        return
    open_way(top, owner)
    for folder, _, names in os.walk(top):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                continue
            wanted = _READ | (_ENTER if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0)
            if mode & wanted != wanted:
                _allow(path, mode | wanted)


def _allow(path: Path, mode: int) -> None:
    try:
        path.chmod(stat.S_IMODE(mode))
    except OSError as error:
        raise Unstartable(
            f"it doesn't run as root, and no other user gets at {shown(path)} ({error.strerror}); run Stagepath as "
            "another user, or let others pass there (chmod o+x)."
        ) from None
