"""The alert rules and the runbook, held against what the server exports and says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram
from promql_parser import AggregateExpr, BinaryExpr, Call, MatrixSelector, ParenExpr, VectorSelector

from app import metrics
from app.database.failures import Cause
from app.readiness.checks import Reason

DOCS = Path(__file__).parents[1] / "docs"
RULES: dict[str, Any] = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
RUNBOOK = (DOCS / "runbook.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE)
DURATION = re.compile(r"(\d+[smhd])+")
OF_PROMETHEUS = {"up": {"job", "instance"}}


def exported() -> dict[str, set[str]]:
    """Each series that the server gives, with its labels."""
    series: dict[str, set[str]] = dict(OF_PROMETHEUS)
    for metric in vars(metrics).values():
        if not isinstance(metric, Counter | Gauge | Histogram):
            continue
        name, labels = metric._name, set(metric._labelnames)
        if isinstance(metric, Counter):
            series[f"{name}_total"] = labels
        elif isinstance(metric, Histogram):
            series |= {f"{name}_bucket": {*labels, "le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            series[name] = labels
    return series


def selectors(expression: Any) -> Iterator[VectorSelector]:
    match expression:
        case VectorSelector():
            yield expression
        case MatrixSelector():
            yield expression.vector_selector
        case Call():
            for argument in expression.args:
                yield from selectors(argument)
        case AggregateExpr() | ParenExpr():
            yield from selectors(expression.expr)
        case BinaryExpr():
            yield from selectors(expression.lhs)
            yield from selectors(expression.rhs)


def grouped_by(expression: Any) -> Iterator[str]:
    match expression:
        case AggregateExpr():
            if expression.modifier is not None:
                yield from expression.modifier.labels
            yield from grouped_by(expression.expr)
        case Call():
            for argument in expression.args:
                yield from grouped_by(argument)
        case BinaryExpr():
            yield from grouped_by(expression.lhs)
            yield from grouped_by(expression.rhs)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_a_rule_is_whole_and_names_what_there_is(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert DURATION.fullmatch(rule.get("for", "1m"))
    assert rule["labels"]["severity"] in ("page", "ticket")
    expression, series = promql_parser.parse(rule["expr"]), exported()
    used = list(selectors(expression))
    assert used
    for selector in used:
        assert selector.name in series
        assert {matcher.name for matcher in selector.matchers.matchers} <= series[selector.name]
        assert set(grouped_by(expression)) <= series[selector.name]
    file, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert (DOCS / file).exists()
    assert anchor in [heading.lower() for heading in HEADINGS]


def test_values_of_labels_are_those_that_are_given() -> None:
    reasons = set(re.findall(r'reason="(\w+)"', (DOCS / "alerts.yml").read_text(encoding="utf-8")))
    assert reasons <= {reason.value for reason in Reason}
    [causes] = re.findall(r'cause!~"([\w|]+)"', (DOCS / "alerts.yml").read_text(encoding="utf-8"))
    assert set(causes.split("|")) <= {cause.value for cause in Cause}


def test_names_occur_once_and_each_alert_and_reason_has_its_page() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names))
    assert len(HEADINGS) == len(set(HEADINGS))
    assert {reason.value for reason in Reason} <= set(HEADINGS)
    named = {rule["annotations"]["runbook"].partition("#")[2] for rule in ALERTS}
    assert {heading.lower() for heading in HEADINGS if heading.startswith("Stagepath")} <= named, (
        "no page without an alert"
    )


def test_the_guide_lists_every_metric() -> None:
    text = (DOCS / "observing.md").read_text(encoding="utf-8")
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported()} - set(OF_PROMETHEUS)
    assert not [name for name in sorted(families) if f"`{name}" not in text]


def test_they_are_to_be_found() -> None:
    assert "runbook.md" in (DOCS / "observing.md").read_text(encoding="utf-8")
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert "docs/runbook.md" in readme
    assert "docs/alerts.yml" in readme
