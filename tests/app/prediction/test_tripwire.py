"""No leak: at registration nobody can tell with much certainty who will be won; a model that does has seen the end."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.prediction.backtest import LINEAR, TREES, backtest, totals
from app.prediction.deal import Deal, End, Entry, days
from app.prediction.fitting import fit
from app.prediction.shape import Shape
from app.vocabulary import BacktestPopulation

DATA = Path(__file__).parents[4] / "shared" / "data"
TOO_GOOD = 0.9
LOANS = ("Submitted", "Pre-accepted", "Accepted", "Offer sent", "Offer returned")


def rows(name: str) -> Iterator[Mapping[str, str]]:
    file = DATA / name
    if not file.exists():
        pytest.skip(f"{file} isn't there")
    with gzip.open(file, "rt", encoding="utf-8") as text:
        yield from csv.DictReader(text)


def at(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return days(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def loans() -> list[Deal]:
    moves: dict[str, list[Entry]] = {}
    for move in rows("bpi2012_asof_2012-01-08_history.csv.gz"):
        if move["stage"] in LOANS:
            moves.setdefault(move["deal_id"], []).append(Entry(at(move["entered_at"]), move["stage"]))
    return [
        Deal(
            id=row["deal_id"],
            playbook="loans",
            created=at(row["created"]),
            entries=tuple(moves[row["deal_id"]]),
            end=End(at(row["closed"]), row["stage"], row["stage"] == "Won") if row["closed"] else None,
            amounts=((at(row["created"]), float(row["amount"])),),
        )
        for row in rows("bpi2012_asof_2012-01-08_deals.csv.gz")
    ]


def hardware() -> list[Deal]:
    """With what its file has of closed deals alone, as an import would bring it: the amount."""
    return [
        Deal(
            id=row["opportunity_id"],
            playbook="hardware",
            created=at(row["engage_date"]),
            entries=(Entry(at(row["engage_date"]), "Engaging"),),
            end=End(at(row["close_date"]), row["deal_stage"], row["deal_stage"] == "Won")
            if row["close_date"]
            else None,
            industry="known" if row["account"] else None,
            amounts=((at(row["engage_date"]), float(row["close_value"]) if row["close_value"] else None),),
        )
        for row in rows("maven_sales_pipeline_asof_2017-09-30.csv.gz")
        if row["engage_date"]
    ]


def shape(*stages: str, lost: tuple[str, ...]) -> Shape:
    order = {stage: place for place, stage in enumerate(stages)}
    return Shape(order, dict.fromkeys(stages, 0.3), frozenset({"Won"}), frozenset(lost))


SETS = {
    "loans": (loans, shape(*LOANS, lost=("Declined", "Cancelled")), "2011-11-21", "2012-01-09", 8),
    "hardware": (hardware, shape("Engaging", lost=("Lost",)), "2017-06-26", "2017-10-01", 6),
}


@pytest.mark.parametrize("name", SETS)
def test_a_model_at_registration_is_not_too_good_to_be_true(name: str) -> None:
    read, of, cut, now, every = SETS[name]
    deals = read()[::every]
    assert max(measured(deals, of, at(cut), at(now)).values()) < TOO_GOOD


def test_the_wire_is_tripped_by_a_fact_that_only_closed_deals_have() -> None:
    """As if an amount were filled in at creation with what is known at the end."""
    read, of, cut, now, every = SETS["loans"]
    deals = [
        replace(one, amounts=((one.created, 9_999.0 if one.end is not None and one.end.won else 100.0),))
        for one in read()[::every]
    ]
    assert max(measured(deals, of, at(cut), at(now)).values()) > TOO_GOOD


def measured(deals: list[Deal], of: Shape, cut: float, now: float) -> dict[str, float]:
    found = {}
    for line in totals(backtest(deals, [cut], now, of, fit)):
        if line.population is BacktestPopulation.AT_REGISTRATION and line.basis in (LINEAR, TREES):
            auc = line.asked.figures()["auc"]
            assert auc is not None
            found[line.basis] = auc
    assert set(found) == {LINEAR, TREES}
    return found
