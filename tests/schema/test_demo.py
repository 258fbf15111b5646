"""The demo programme is what it claims to be."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from app.deals.money import money
from app.demo.load import is_empty, load
from app.demo.programme import generate
from tests.schema.world import VENDOR, Demo

AT = datetime(2026, 6, 1, tzinfo=UTC)
PROGRAMME = generate(at=AT)


def test_its_size() -> None:
    sizes = {table: len(rows) for table, rows in PROGRAMME.items()}
    assert {name: sizes[name] for name in ("playbook", "organization", "user_account", "account")} == {
        "playbook": 2,
        "organization": 7,
        "user_account": 25,
        "account": 60,
    }
    assert (sizes["opportunity"], sizes["content"]) == (400, 60)
    assert Counter(row["tier"] for row in PROGRAMME["organization"]) == {None: 1, "SILVER": 2, "GOLD": 2, "PLATINUM": 2}


def test_it_is_the_same_every_time() -> None:
    assert generate(at=AT) == PROGRAMME
    assert generate(8, at=AT) != PROGRAMME


def test_histories_chain_and_end_where_the_deal_stands() -> None:
    moves: dict[object, list[dict[str, Any]]] = {}
    for row in PROGRAMME["stage_transition"]:
        moves.setdefault(row["opportunity_id"], []).append(row)
    for deal in PROGRAMME["opportunity"]:
        history = moves[deal["id"]]
        assert [row["seq"] for row in history] == list(range(1, len(history) + 1))
        assert history[0]["kind"] == "CREATED"
        assert all(after["from_stage_id"] == before["to_stage_id"] for before, after in pairwise(history))
        assert (deal["stage_id"], deal["entered_stage_at"]) == (history[-1]["to_stage_id"], history[-1]["at"])
        assert AT - timedelta(days=540) <= history[0]["at"] <= history[-1]["at"] <= AT
        assert (deal["closed_at"] is None) == (deal["status"] == "OPEN")
        assert money(deal["amount"], deal["currency"]).amount == deal["amount"]


def test_stages_last_about_as_long_as_they_should_and_some_deals_stall() -> None:
    stages = {row["id"]: row for row in PROGRAMME["stage"]}
    for id, stage in stages.items():
        stays = [
            row["seconds_in_previous_stage"] / 86_400
            for row in PROGRAMME["stage_transition"]
            if row["from_stage_id"] == id and row["kind"] in ("FORWARD", "SKIP", "WON")
        ]
        if stays:
            assert 0.5 * stage["target_days"] < median(stays) < 1.2 * stage["target_days"]
    deals = [deal for deal in PROGRAMME["opportunity"] if deal["status"] == "OPEN"]
    ages = [((AT - deal["entered_stage_at"]).total_seconds() / 86_400, stages[deal["stage_id"]]) for deal in deals]
    stalled = sum(age > stage["stall_after_days"] for age, stage in ages)
    assert 80 <= len(deals) <= 160
    assert 0.05 < stalled / len(deals) < 0.35


async def test_past_advice_was_shown_and_mostly_answered(demo: Demo) -> None:
    past = PROGRAMME["next_best_action"]
    assert 300 < len(past) < 2_000
    assert all(row["created_at"] <= row["shown_at"] <= (row["responded_at"] or row["ended_at"]) <= AT for row in past)
    became = Counter(row["status"] for row in past)
    assert min(became[status] for status in ("COMPLETED", "DISMISSED", "EXPIRED")) > 30
    report = "{ guidanceReport { total { shown completed dismissed } byKind { kind } dismissalReasons { text } } }"
    found = (await demo.run(report, VENDOR))["guidanceReport"]
    assert found["total"]["shown"] > found["total"]["completed"] > found["total"]["dismissed"] > 0
    assert len(found["byKind"]) == 2
    assert found["dismissalReasons"]


async def test_it_is_loaded_once(demo: Demo) -> None:
    assert not await is_empty(demo.database)
    assert await load(demo.database) is False
    assert await demo.value("SELECT count(*) FROM opportunity") == 400
    assert await demo.value("SELECT count(*) FROM event") == await demo.value("SELECT count(*) FROM stage_transition")
