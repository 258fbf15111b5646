"""Sums in the reporting currency, beside those of each: at the rates of a day, and no guess where one is missing."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.periods import period_of
from app.settings import settings, use_settings
from app.vocabulary import PeriodKind
from tests.schema.world import VENDOR, Demo

MONEY = "{ amount currency }"
FORECAST = ("closed", "commit", "bestCase", "pipeline", "weighted")
CHANGE = ("opening", "created", "increased", "decreased", "movedIn", "movedOut", "transferredIn", "transferredOut",
          "reopened", "won", "lost", "removed", "closing")  # fmt: skip


def fields(names: tuple[str, ...]) -> str:
    return " ".join(f"{name} {MONEY}" for name in names)


WON = f"{fields(('wonAmount',))} inOneCurrency {{ currency {fields(('wonAmount',))} missing }}"
ALL = f"""query($period: ForecastPeriod!, $from: DateTime!, $to: DateTime!) {{
  forecast(period: $period) {{ {fields(FORECAST)} modelledParts {{ range {{ expected currency }} }}
    inOneCurrency {{ currency {fields(FORECAST)} modelled {{ expected }} missing }} }}
  pipeline {{ total {{ {fields(("amount", "weightedAmount"))} }}
    inOneCurrency {{ currency {fields(("amount", "weightedAmount"))} missing }} }}
  pipelineChange(from: $from, to: $to) {{ {fields(CHANGE)}
    inOneCurrency {{ currency {fields(CHANGE)} missing }} }}
  analytics(filter: {{ groupBy: PARTNER }}) {{ {WON} wins {{ {WON} }} groups {{ {WON} }} }} }}"""


@pytest.fixture
def in_euro(demo: Demo) -> Iterator[None]:  # which has settings of its own
    before = settings()
    use_settings(before.model_copy(update={"reporting_currency": "EUR", "currency_rate_days": 3}))
    yield
    use_settings(before)


def by_code(amounts: list[Mapping[str, str]]) -> dict[str, Decimal]:
    return {one["currency"]: Decimal(one["amount"]) for one in amounts}


async def asked(demo: Demo) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    now = datetime.now(UTC)
    period = period_of(PeriodKind.QUARTER, now.date()).key
    found = await demo.run(ALL, VENDOR, period=period, **{"from": (now - timedelta(days=90)).isoformat(),
                                                          "to": now.isoformat()})  # fmt: skip
    return {
        "forecast": (found["forecast"], found["forecast"]["inOneCurrency"]),
        "pipeline": (found["pipeline"]["total"], found["pipeline"]["inOneCurrency"]),
        "pipelineChange": (found["pipelineChange"], found["pipelineChange"]["inOneCurrency"]),
        "analytics": (found["analytics"], found["analytics"]["inOneCurrency"]),
        **{
            f"{part} {n}": (one, one["inOneCurrency"])
            for part in ("wins", "groups")
            for n, one in enumerate(found["analytics"][part])
        },
    }


NAMES = {"forecast": FORECAST, "pipeline": ("amount", "weightedAmount"), "pipelineChange": CHANGE}


def names_of(root: str) -> tuple[str, ...]:
    return NAMES.get(root, ("wonAmount",))


@pytest.mark.usefixtures("in_euro")
async def test_sums_are_at_the_rates_of_the_day_or_say_which_is_missing(demo: Demo) -> None:
    day = period_of(PeriodKind.QUARTER, datetime.now(UTC).date()).last
    await demo.database.fetch(
        "UPDATE opportunity SET currency = 'USD', expected_close_date = $1, forecast_category = 'PIPELINE', amount = 10"
        " WHERE id IN (SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id LIMIT 6)",
        day,
    )
    await demo.database.fetch(
        "UPDATE opportunity SET currency = 'USD', amount = 10"
        " WHERE id IN (SELECT id FROM opportunity WHERE status = 'WON' ORDER BY id LIMIT 6)"
    )
    for root, (found, together) in (await asked(demo)).items():
        used = {name: set(by_code(found[name])) for name in names_of(root)}
        lacking = sorted({code for codes in used.values() for code in codes} - {"EUR"})
        assert "USD" in lacking or root.startswith(("wins", "groups")), root
        assert (together["currency"], set(lacking) <= set(together["missing"])) == ("EUR", True), root
        for name, codes in used.items():
            own = by_code(found[name]).get("EUR", Decimal(0))
            assert (together[name] is None) == bool(codes - {"EUR"}), (root, name)
            assert together[name] is None or Decimal(together[name]["amount"]) == own
    await demo.database.fetch(
        "INSERT INTO currency_rate (id, currency, day, per_euro)"
        " SELECT gen_random_uuid(), code, $1, 1.25 FROM (SELECT DISTINCT currency AS code FROM opportunity"
        " WHERE currency IS NOT NULL AND currency <> 'EUR') c",
        datetime.now(UTC).date(),
    )
    for root, (found, together) in (await asked(demo)).items():
        assert together["missing"] == [], root
        for name in names_of(root):
            amounts = by_code(found[name])
            exact = sum((one if code == "EUR" else one / Decimal("1.25") for code, one in amounts.items()), Decimal(0))
            assert abs(Decimal(together[name]["amount"]) - exact) <= Decimal("0.02"), (root, name)
            assert together[name]["currency"] == "EUR"
    found, together = (await asked(demo))["forecast"]
    middle = sum(
        Decimal(part["range"]["expected"]) / (1 if part["range"]["currency"] == "EUR" else Decimal("1.25"))
        for part in found["modelledParts"]
    )
    assert abs(Decimal(together["modelled"]["expected"]) - middle) <= Decimal("0.05")


async def test_without_a_reporting_currency_nothing_is_in_one(demo: Demo) -> None:
    assert {together for _, together in (await asked(demo)).values()} == {None}


@pytest.mark.usefixtures("in_euro")
async def test_rates_are_read_only_for_those_who_ask(demo: Demo) -> None:
    for root, amounts in (
        ("pipeline", "total { amount { amount } }"),
        ("analytics(filter: {})", "wonAmount { amount }"),
    ):
        without = await demo.statements_of(f"{{ {root} {{ {amounts} }} }}", VENDOR)
        asking = f"{{ {root} {{ {amounts} inOneCurrency {{ currency }} }} }}"
        assert await demo.statements_of(asking, VENDOR) == without + 1
