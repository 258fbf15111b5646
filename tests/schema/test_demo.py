"""The demo programme is what it claims to be: a channel that somebody who runs one would take for real."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.deals.money import money
from app.demo.calendar import ZONES, Office, holidays, is_working_day
from app.demo.load import is_empty, load
from app.demo.people import PARTNERS, demo_id
from app.demo.programme import OPPORTUNITIES, PLAYBOOKS, generate
from app.demo.stories import projects_for
from app.nouns import NOUNS
from tests.schema.world import COLLEAGUE, RIVAL, SELLER, VENDOR, Demo

AT = datetime(2026, 6, 1, tzinfo=UTC)
PROGRAMME = generate(at=AT)
Row = dict[str, Any]

HOME = {demo_id(f"org/{partner.key}"): partner.home for partner in PARTNERS}
ACCOUNTS = {row["id"]: row for row in PROGRAMME["account"]}
DEALS = {row["id"]: row for row in PROGRAMME["opportunity"]}
PEOPLE = {row["id"]: row for row in PROGRAMME["user_account"]}
DONE_BY_PEOPLE = {
    "stage_transition": ("at",),
    "criterion_mark": ("marked_at",),
    "opportunity_activity": ("completed_at",),
    "qualification_answer": ("answered_at",),
    "former_mark": ("marked_at", "ended_at"),
    "next_best_action": ("created_at", "shown_at", "accepted_at", "responded_at", "ended_at", "due_at"),
    "opportunity": ("created_at", "updated_at", "entered_stage_at", "closed_at"),
    "team_member": ("added_at",),
    "handover": ("at",),
    "kept_text": ("written_at",),
}


def histories() -> dict[Any, list[Row]]:
    moves: dict[Any, list[Row]] = defaultdict(list)
    for row in PROGRAMME["stage_transition"]:
        moves[row["opportunity_id"]].append(row)
    return moves


def test_who_is_shown_first_has_open_deals_in_every_stage() -> None:
    stages = {row["id"]: row["key"] for row in PROGRAMME["stage"]}
    own = [
        deal for deal in DEALS.values() if deal["owner_id"] == demo_id(f"user/{SELLER}") and deal["status"] == "OPEN"
    ]
    assert len({stages[deal["stage_id"]] for deal in own}) == 6
    for who in (RIVAL, COLLEAGUE):
        assert sum(deal["owner_id"] == demo_id(f"user/{who}") for deal in DEALS.values()) > 10


def test_its_size() -> None:
    assert len(DEALS) == OPPORTUNITIES
    assert {row["key"] for row in PROGRAMME["playbook"]} == set(PLAYBOOKS)
    assert Counter(row["tier"] for row in PROGRAMME["organization"]) == {None: 4, "SILVER": 2, "GOLD": 2, "PLATINUM": 2}
    for partner in PARTNERS:
        roles = Counter(
            row["role"] for row in PEOPLE.values() if row["organization_id"] == demo_id(f"org/{partner.key}")
        )
        assert roles["PARTNER_MANAGER"] == 1
        assert roles["PARTNER_SELLER"] >= 2


def test_it_is_the_same_every_time() -> None:
    assert generate(at=AT) == PROGRAMME
    assert generate(8, at=AT) != PROGRAMME


@pytest.mark.parametrize("days", [1, 5, 30, 207])
def test_which_deal_stands_where_does_not_depend_on_the_day(days: int) -> None:
    told = ("name", "amount", "status", "stage_id", "owner_id", "version")
    later = generate(at=AT + timedelta(days=days, hours=7))
    assert [[row[name] for name in told] for row in later["opportunity"]] == [
        [row[name] for name in told] for row in PROGRAMME["opportunity"]
    ]


def test_histories_chain_and_end_where_the_deal_stands() -> None:
    moves = histories()
    for deal in DEALS.values():
        history = moves[deal["id"]]
        assert [row["seq"] for row in history] == list(range(1, len(history) + 1))
        assert history[0]["kind"] == "CREATED"
        for before, after in pairwise(history):
            assert after["from_stage_id"] == before["to_stage_id"]
            assert after["at"] > before["at"]
        assert (deal["stage_id"], deal["entered_stage_at"]) == (history[-1]["to_stage_id"], history[-1]["at"])
        assert AT - timedelta(days=540) <= history[0]["at"] <= history[-1]["at"] <= deal["updated_at"] <= AT
        assert (deal["closed_at"] is None) == (deal["status"] == "OPEN")
        assert money(deal["amount"], deal["currency"]).amount == deal["amount"]


@pytest.mark.parametrize("at", [AT, datetime(2027, 1, 3, 2, tzinfo=UTC), datetime(2026, 12, 28, 11, tzinfo=UTC)])
def test_nobody_works_at_night_at_weekends_or_on_holidays(at: datetime) -> None:
    made = generate(at=at)
    deals = {row["id"]: row for row in made["opportunity"]}
    for table, columns in DONE_BY_PEOPLE.items():
        for row in made[table]:
            deal = deals[row["id"] if table == "opportunity" else row["opportunity_id"]]
            for country in (HOME[deal["partner_id"]], ACCOUNTS[deal["account_id"]]["country"]):
                for moment in (row[column].astimezone(ZoneInfo(ZONES[country])) for column in columns if row[column]):
                    assert is_working_day(moment.date(), country), (table, moment, country)
                    assert time(7) <= moment.time() <= time(19), (table, moment, country)


def test_public_holidays_are_those_of_the_country() -> None:
    easter_monday, ascension = date(2027, 3, 29), date(2027, 5, 6)
    assert {country for country in ZONES if easter_monday in holidays(country, 2027)} == ZONES.keys() - {"PT"}
    assert {country for country in ZONES if ascension in holidays(country, 2027)} == ZONES.keys() - {
        *("GB", "IE", "ES", "PT")
    }
    known = {
        *(("AT", date(2026, 10, 26)), ("BE", date(2026, 7, 21)), ("CH", date(2028, 8, 1)), ("DE", date(2028, 10, 3))),
        *(("DE", date(2026, 11, 18)), ("DK", date(2026, 6, 5)), ("ES", date(2026, 10, 12)), ("FI", date(2027, 12, 6))),
        *(("GB", date(2026, 5, 25)), ("GB", date(2026, 8, 31)), ("IE", date(2026, 10, 26)), ("NL", date(2026, 4, 27))),
        *(("NO", date(2027, 5, 17)), ("PT", date(2026, 6, 10)), ("SE", date(2026, 6, 19)), ("IE", date(2026, 2, 2))),
    }
    assert [one for one in known if is_working_day(one[1], one[0])] == []
    assert is_working_day(date(2026, 10, 26), "DE")
    assert not is_working_day(date(2026, 10, 24), "DE")


def test_time_is_laid_out_in_order_and_fills_the_working_days_evenly() -> None:
    office = Office("ES", "PT", AT)
    raw = [AT - timedelta(hours=hours) for hours in range(0, 24 * 500, 5)]
    laid = [office.at(moment) for moment in raw]
    assert all(later > earlier for later, earlier in pairwise(laid))
    assert laid[0] <= AT
    assert max(abs(one - other) for one, other in zip(raw, laid, strict=True)) < timedelta(days=18)
    by_weekday = Counter(moment.weekday() for moment in laid)
    assert set(by_weekday) == {0, 1, 2, 3, 4}
    assert max(by_weekday.values()) < 1.3 * min(by_weekday.values())


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


def test_customers_are_many_have_trades_of_their_own_and_buy_what_fits_it() -> None:
    names = [row["name"] for row in ACCOUNTS.values()]
    assert len(names) == len(set(names)) > 150
    assert len({row["industry"] for row in ACCOUNTS.values()}) > 15
    partners = {demo_id(f"org/{partner.key}"): partner for partner in PARTNERS}
    playbooks = {row["id"]: row["key"] for row in PROGRAMME["playbook"]}
    for deal in DEALS.values():
        account, key = ACCOUNTS[deal["account_id"]], playbooks[deal["playbook_id"]]
        project = deal["name"].partition(": ")[2]
        assert project in {one["name"] for one in projects_for(key, account["industry"])}
        assert key in partners[deal["partner_id"]].sells
    offices = {row["industry"] for row in ACCOUNTS.values() if not projects_for("manufacturing", row["industry"])}
    assert offices >= {"Insurance", "Banking", "Retail", "Public sector"}


def test_no_project_is_registered_twice_but_those_that_the_channel_manager_noticed() -> None:
    by_project = Counter(deal["name"] for deal in DEALS.values())
    twice = [name for name, count in by_project.items() if count > 1]
    assert 1 <= len(twice) <= 3
    for name in twice:
        both = sorted((deal for deal in DEALS.values() if deal["name"] == name), key=lambda deal: deal["created_at"])
        assert len({deal["partner_id"] for deal in both}) == 2
        assert "registered" in f"{both[1]['notes']} {both[1]['close_reason']}"


def test_nothing_is_said_about_more_than_a_few_deals() -> None:
    for column, most in (("notes", 1), ("next_step", 3), ("close_reason", 12)):
        said = Counter(deal[column] for deal in DEALS.values() if deal[column])
        assert said.most_common(1)[0][1] <= most, said.most_common(3)
    answers = Counter(row["answer"] for row in PROGRAMME["qualification_answer"])
    assert answers.most_common(1)[0][1] < 0.05 * len(PROGRAMME["qualification_answer"])
    for deal in DEALS.values():
        assert "{" not in f"{deal['notes']}{deal['next_step']}{deal['close_reason']}"


def test_next_steps_are_of_open_deals_and_most_have_one() -> None:
    opened = [deal for deal in DEALS.values() if deal["status"] == "OPEN"]
    assert all(deal["next_step"] is None for deal in DEALS.values() if deal["status"] != "OPEN")
    assert 0.85 * len(opened) < sum(deal["next_step"] is not None for deal in opened) < len(opened)


def test_everything_that_can_happen_to_a_deal_has_happened_to_some() -> None:
    moves = PROGRAMME["stage_transition"]
    kinds = Counter(row["kind"] for row in moves)
    assert kinds.keys() == {"CREATED", "FORWARD", "SKIP", "BACK", "WON", "LOST", "REOPEN"}
    assert all(row["reason"] for row in moves if row["kind"] in ("BACK", "SKIP", "LOST", "REOPEN") or row["overridden"])
    overridden = [row for row in moves if row["overridden"]]
    automatic = [row for row in moves if row["automatic"]]
    assert min(len(overridden), len(automatic), len(PROGRAMME["team_member"])) > 3
    assert {PEOPLE[row["actor_id"]]["role"] for row in (*overridden, *automatic)} == {"CHANNEL_MANAGER"}
    assert {row["status"] for row in PROGRAMME["opportunity_activity"]} == {"COMPLETED", "SKIPPED"}
    assert any(row["evidence"] for row in PROGRAMME["criterion_mark"])
    assert sum("Taken over from" in deal["notes"] for deal in DEALS.values()) > 3
    statuses = Counter(row["status"] for row in PROGRAMME["next_best_action"])
    assert min(statuses[status] for status in ("COMPLETED", "DISMISSED", "EXPIRED")) > 30
    assert all(row["reason"] for row in PROGRAMME["next_best_action"] if row["status"] == "DISMISSED")
    assert {row["kind"] for row in PROGRAMME["next_best_action"]} >= {"SHARE_CONTENT", "STUDY_CONTENT"}


def test_what_an_automatic_move_waited_for_was_marked_or_approved_by_the_vendor_at_that_moment() -> None:
    made = [*PROGRAMME["criterion_mark"], *PROGRAMME["former_mark"]]
    marks = {(row["opportunity_id"], row["marked_at"]): row["marked_by_id"] for row in made}
    of_deal = {row["id"]: row["opportunity_id"] for row in PROGRAMME["deal_registration"]}
    marks |= {
        (of_deal[row["registration_id"]], row["at"]): row["actor_id"]
        for row in PROGRAMME["registration_step"]
        if row["kind"] == "APPROVE"
    }
    moves = [
        one for history in histories().values() if all(row["kind"] != "BACK" for row in history) for one in history
    ]
    given = {row["opportunity_id"] for row in PROGRAMME["handover"]}  # another partner's registration doesn't go along
    automatic = [row for row in moves if row["automatic"] and row["opportunity_id"] not in given]
    assert len(automatic) > 100
    for row in automatic:
        assert marks[row["opportunity_id"], row["at"]] == row["actor_id"]


def test_no_deal_stays_where_all_is_met_that_it_would_leave_by_itself() -> None:
    left_by_itself = {row["id"] for row in PROGRAMME["stage"] if row["auto_advance"]}
    asked = {
        (row["stage_id"], row["id"])
        for row in PROGRAMME["criterion"]
        if row["phase"] == "EXIT" and row["required"] and row["expression"] is None
    }
    marked = {(row["opportunity_id"], row["criterion_id"]) for row in PROGRAMME["criterion_mark"]}
    registering = {
        row["stage_id"] for row in PROGRAMME["criterion"] if "deal.registration.status" in (row["expression"] or "")
    }
    for deal in DEALS.values():
        if deal["stage_id"] in registering and deal["registration_status"] != "APPROVED":
            continue
        if deal["stage_id"] in left_by_itself:
            assert any((deal["id"], id) not in marked for stage, id in asked if stage == deal["stage_id"])


def test_marks_of_deals_that_were_sent_back_are_kept_and_asked_anew() -> None:
    moves = {row["id"]: row for row in PROGRAMME["stage_transition"]}
    handed_over = {row["opportunity_id"] for row in PROGRAMME["handover"]}
    former = PROGRAMME["former_mark"]
    assert {row["opportunity_id"] for row in former if row["transition_id"] is None} <= handed_over
    sent_back = [row for row in former if row["transition_id"] is not None]
    assert len(sent_back) > 20
    for row in sent_back:
        assert moves[row["transition_id"]]["kind"] == "BACK"
        assert row["marked_at"] <= row["ended_at"] == moves[row["transition_id"]]["at"]


def test_what_only_the_vendor_can_confirm_the_vendor_has_marked() -> None:
    vendors = {row["id"] for row in PROGRAMME["criterion"] if row["confirmed_by"] == "VENDOR"}
    by = {PEOPLE[row["marked_by_id"]]["role"] for row in PROGRAMME["criterion_mark"] if row["criterion_id"] in vendors}
    assert by == {"CHANNEL_MANAGER"}


def test_partners_of_other_countries_work_in_their_own_language() -> None:
    languages = {
        partner.key: {
            row["language"] for row in PEOPLE.values() if row["organization_id"] == demo_id(f"org/{partner.key}")
        }
        for partner in PARTNERS
    }
    assert (languages["alpine-it"], languages["ferrum"], languages["cordoba-digital"]) == ({"de"}, {"de"}, {"es"})
    assert len({row["time_zone"] for row in PEOPLE.values()}) > 4


def test_content_is_written_for_each_stage_and_says_what_the_playbook_does_not() -> None:
    stages = {row["id"]: row for row in PROGRAMME["stage"]}
    contents = {row["id"]: row for row in PROGRAMME["content"]}
    shelf: dict[Any, set[str]] = defaultdict(set)
    for link in PROGRAMME["stage_content"]:
        shelf[link["stage_id"]].add(contents[link["content_id"]]["kind"])
    assert all(len(shelf[id]) >= 2 for id, stage in stages.items() if stage["kind"] == "OPEN")
    assert Counter(row["language"] for row in contents.values()).keys() == {"en", "de", "es"}
    english = {row["key"]: row for row in contents.values() if row["language"] == "en"}
    industries = {row["industry"] for row in ACCOUNTS.values()}
    restated = {row["description"] for row in PROGRAMME["criterion"]} | {row["definition"] for row in stages.values()}
    for row in contents.values():
        assert row["kind"] == english[row["key"]]["kind"]
        assert set(row["industries"]) <= industries
        assert len(row["body"].split()) > 100, row["title"]
        assert not any(text and text in row["body"] for text in restated)


async def test_a_deal_that_was_given_to_another_partner_left_its_words_behind(demo: Demo) -> None:
    query = """query($id: ID!) { opportunity(id: $id) { notes partner { name } owner { name }
      qualification { answer } criteria(scope: ALL) { met metBy { name } evidence criterion { check } }
      formerMarks(first: 50) { nodes { evidence } } transitions(first: 30) { nodes { reason actor { name } } } } }"""
    for handover in PROGRAMME["handover"]:
        deal = DEALS[handover["opportunity_id"]]
        assert (deal["partner_id"], deal["owner_id"]) == (handover["to_partner_id"], handover["to_owner_id"])
        kept = [row["text"] for row in PROGRAMME["kept_text"] if row["opportunity_id"] == deal["id"]]
        assert len(kept) > 3
        former = next(row["name"] for row in PEOPLE.values() if row["id"] == handover["from_owner_id"])
        gone = "query($id: ID!) { opportunity(id: $id) { name } }"
        assert await demo.run(gone, former, id=f"opp_{deal['id']}") == {"opportunity": None}
        new = next(row["name"] for row in PEOPLE.values() if row["id"] == handover["to_owner_id"])
        found = (await demo.run(query, new, id=f"opp_{deal['id']}"))["opportunity"]
        assert not any(one["met"] for one in found["criteria"] if one["criterion"]["check"] == "MANUAL")
        assert found["formerMarks"]["nodes"]
        seen = str(found)
        assert not any(text in seen for text in kept)
    happened = Counter(row["type"] for row in PROGRAMME["event"] if row["subject_type"] != "stage_transition")
    assert happened["OPPORTUNITY_LEFT"] == happened["OPPORTUNITY_CAME"] == len(PROGRAMME["handover"]) > 0


async def test_past_advice_was_shown_and_mostly_answered(demo: Demo) -> None:
    past = PROGRAMME["next_best_action"]
    assert 300 < len(past) < 2_000
    assert all(row["created_at"] <= row["shown_at"] <= (row["responded_at"] or row["ended_at"]) <= AT for row in past)
    report = "{ guidanceReport { total { shown completed dismissed } byKind { kind } dismissalReasons { text } } }"
    found = (await demo.run(report, VENDOR))["guidanceReport"]
    assert found["total"]["shown"] > found["total"]["completed"] > found["total"]["dismissed"] > 0
    assert {one["kind"] for one in found["byKind"]} == {row["kind"] for row in past}
    assert found["dismissalReasons"]


def test_it_shows_every_noun_that_has_ids() -> None:
    missing = {noun.table for noun in NOUNS if noun.prefix is not None and not PROGRAMME.get(noun.table)}
    of_programs = {"api_client", "webhook_endpoint", "webhook_delivery"}
    by_itself = {"notification", "prediction", "prediction_model", "automation_run", "automation_step_run"}
    the_vendors = {"account_merge", "correction", "guidance_rule", "automation", "sales_target", "forecast_submission"}
    assert missing - {"field_change"} == the_vendors | of_programs | by_itself


async def test_it_is_loaded_once(demo: Demo) -> None:
    assert not await is_empty(demo.database)
    assert await load(demo.database) is False
    assert await demo.value("SELECT count(*) FROM opportunity") == OPPORTUNITIES
    moves = "SELECT count(*) FROM event WHERE subject_type = 'stage_transition'"
    assert await demo.value(moves) == await demo.value("SELECT count(*) FROM stage_transition")
