"""Findings in words: each says what was counted, of how many, and against what."""

from collections.abc import Callable, Mapping

from app.analytics.findings import Finding
from app.vocabulary import FindingKind


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _days(days: float | None) -> str:
    assert days is not None
    return f"{days:,.1f}".removesuffix(".0") + (" day" if days == 1 else " days")


def _counted(finding: Finding) -> str:
    observed = finding.observed
    assert observed.value is not None
    return f"{observed.count:,} of {observed.of:,} ({_percent(observed.value)})"


def _slowest(finding: Finding) -> str:
    return (
        f"{_counted(finding)} closed opportunities that were in several stages spent longer here than in any other; "
        f"by chance it would be {_percent(finding.expected)}."
    )


def _beyond_target(finding: Finding) -> str:
    return (
        f"{_counted(finding)} stays took longer than the target of {_days(finding.days)}, "
        f"by {_days(finding.cost)} together."
    )


def _outlived(finding: Finding) -> str:
    return (
        f"{finding.observed.count:,} of {finding.observed.of:,} opportunities in this stage have been here for more "
        f"than {_days(finding.days)}, longer than any that ever left it."
    )


def _leaking(finding: Finding) -> str:
    return (
        f"{_counted(finding)} opportunities that left this stage were lost; in the playbook's other stages it was "
        f"{_percent(finding.expected)}."
    )


def _below_plan(finding: Finding) -> str:
    return (
        f"{_counted(finding)} closed opportunities that were here were won; the playbook says "
        f"{_percent(finding.expected)}."
    )


_TEXTS: Mapping[FindingKind, Callable[[Finding], str]] = {
    FindingKind.SLOWEST: _slowest,
    FindingKind.BEYOND_TARGET: _beyond_target,
    FindingKind.OUTLIVED: _outlived,
    FindingKind.LEAKING: _leaking,
    FindingKind.BELOW_PLAN: _below_plan,
}


def in_words(finding: Finding) -> str:
    return _TEXTS[finding.kind](finding)
