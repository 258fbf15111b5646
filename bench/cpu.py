"""What processes have used, from /proc: Linux only."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for known in found:
        found.extend(children.get(known, ()))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree, those of its members that have ended included."""
    total = 0
    for member in tree(pid):
        fields = _stat(member)
        total += sum(int(ticks) for ticks in fields[11:15]) if fields else 0
    return total / _TICKS


def resident_bytes(pid: int) -> int:
    return sum(_resident(member) for member in tree(pid))


def _stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the third on; none when the process has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text[text.rindex(")") + 2 :].split()


def _resident(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0
