"""Memory and processor time of a process and those that it began, from /proc: Linux alone."""

import contextlib
import os
from pathlib import Path

_GONE = (FileNotFoundError, ProcessLookupError)


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    with contextlib.suppress(*_GONE):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
        return [pid, *(other for child in children for other in family(child))]
    return [pid]


def resident(pid: int) -> int:
    """Bytes that the family holds now."""
    return _sum(pid, "VmRSS")


def peak(pid: int) -> int:
    """The most bytes that its members held since `forget_peak`; each's own peak, added up."""
    return _sum(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    for one in family(pid):
        with contextlib.suppress(*_GONE, PermissionError):
            Path(f"/proc/{one}/clear_refs").write_text("5")


def processor(pid: int) -> float:
    """Seconds of processor time that the family has used."""
    return sum(_processor(one) for one in family(pid))


def _processor(pid: int) -> float:
    with contextlib.suppress(*_GONE):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _sum(pid: int, name: str) -> int:
    return sum(_status(one, name) for one in family(pid))


def _status(pid: int, name: str) -> int:
    with contextlib.suppress(*_GONE):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1_024
    return 0
