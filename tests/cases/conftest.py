"""A table of row, kind and verdict at the end of a run."""

from typing import Any

import pytest

from tests.cases.kinds import KINDS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    noted: list[tuple[str, str, bool]] = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in _properties(report)
        if name == "case"
    ]
    if not noted:
        return
    terminalreporter.section("cases")
    for row, of, right in sorted(noted):
        terminalreporter.line(f"{row:<5} {KINDS[row]:<56} {of:<20} {'right' if right else 'WRONG'}")


def _properties(report: Any) -> list[tuple[str, Any]]:
    return list(getattr(report, "user_properties", ()))
