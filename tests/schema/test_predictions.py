"""Predictions as users meet them: a column of a deal, its reasons, its model, and the way back to an earlier one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from orjson import dumps

from app.deals.benchmarks.rule import settled
from app.prediction import source
from app.prediction.following import follow_changes, predict_daily, predict_playbook
from app.prediction.nightly import train_all, train_playbook
from tests.copies import administer
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

PLAYBOOK = "it-software"
SAID = """query($id: ID!) { opportunity(id: $id) { status winProbability stage { key winProbability } prediction {
  id winProbability low high baseRate basis reasons { text feature value points } expectedCloseDate earliest latest asOf
  previous trend model { id playbookKey version audience partner { id } basis trainedAt deals wins betterThanBaseline
    warnings missing current backtest { cut population basis deals auc brier } calibration { low high predicted
      observed { value of low high } } } } } }"""
MODEL = """query($key: String!) { predictionModel(playbookKey: $key) { id version audience basis deals current } }"""
MODELS = """query($key: String) { predictionModels(playbookKey: $key, first: 50) { nodes { id version audience current
  partner { id } } totalCount } }"""
ROLL_BACK = """mutation($input: RollBackPredictionInput!) { rollBackPrediction(input: $input) {
  model { version current } userErrors { code path message } } }"""
RETRAIN = """mutation($input: RetrainPredictionInput!) { retrainPrediction(input: $input) {
  queued model { version } userErrors { code path } } }"""
NOW = datetime.now(UTC)


async def predicted(demo: Demo, who: str = SELLER, deal: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(SAID, who, id=deal or await deal_of(demo, SELLER)))["opportunity"]
    return answer


async def test_a_deal_has_a_prediction_before_any_training(demo: Demo) -> None:
    assert (await predicted(demo))["prediction"] is None
    assert await predict_daily(demo.database, NOW) > 0
    said = await predicted(demo)
    prediction = said["prediction"]
    assert prediction["basis"] == prediction["model"]["basis"] == "STAGE_PROBABILITY"
    assert prediction["winProbability"] == pytest.approx(said["stage"]["winProbability"], abs=5e-4)
    assert prediction["model"]["audience"] == "PARTNER"
    assert prediction["model"]["missing"] == ["At least 20 closed opportunities."]
    assert prediction["expectedCloseDate"] is None
    assert said["winProbability"] == said["stage"]["winProbability"]


async def test_training_in_a_process_of_its_own_changes_all_predictions(demo: Demo) -> None:
    await predict_daily(demo.database, NOW)
    before = (await predicted(demo))["prediction"]
    assert await train_playbook(demo.database, PLAYBOOK, NOW) is not None
    assert await predict_playbook(demo.database, PLAYBOOK, NOW, rest=False) > 0
    of_all = (await demo.run(MODEL, VENDOR, key=PLAYBOOK))["predictionModel"]
    assert (of_all["audience"], of_all["current"]) == ("VENDOR", True)
    closed = await demo.value(
        "SELECT count(*) FROM opportunity o JOIN playbook p ON p.id = o.playbook_id"
        " WHERE p.key = $1 AND o.status <> 'OPEN'",
        PLAYBOOK,
    )
    assert of_all["deals"] == closed
    after = (await predicted(demo))["prediction"]
    assert after["model"]["version"] == before["model"]["version"] + 1
    assert after["model"]["partner"] is None or after["model"]["audience"] == "PARTNER"


async def test_points_add_up_to_the_difference_from_the_base_rate(demo: Demo) -> None:
    await train_playbook(demo.database, PLAYBOOK, NOW)
    await predict_daily(demo.database, NOW)
    rows = await demo.database.fetch("SELECT id FROM prediction")
    assert rows
    for row in rows:
        said = (await predicted(demo, VENDOR, f"opp_{row['id']}"))["prediction"]
        points = sum(one["points"] for one in said["reasons"])
        assert points == pytest.approx((said["winProbability"] - said["baseRate"]) * 100, abs=1e-9)
        assert said["low"] <= said["winProbability"] <= said["high"]
        assert all(one["text"] and one["feature"] for one in said["reasons"])


async def test_a_prediction_goes_when_its_deal_closes_and_when_it_changes_hands(demo: Demo) -> None:
    await predict_daily(demo.database, NOW)
    closing, given = await deal_of(demo, SELLER), await deal_of(demo, COLLEAGUE)
    assert (await predicted(demo, MANAGER, given))["prediction"] is not None
    lost = {"opportunityId": closing, "toStageKey": "closed-lost", "reason": "No budget"}
    moved = await demo.run(ADVANCE, input=lost)
    assert moved["advanceStage"]["userErrors"] == []
    assert (await predicted(demo, SELLER, closing))["prediction"] is None
    await demo.value("UPDATE opportunity SET partner_id = NULL, owner_id = NULL WHERE id = $1", given[4:])
    assert (await predicted(demo, VENDOR, given))["prediction"] is None
    await follow_changes(demo.database, NOW, datetime.now(UTC))


async def test_a_change_of_the_deal_is_followed(demo: Demo) -> None:
    await predict_daily(demo.database, NOW)
    deal = await deal_of(demo, SELLER)
    await demo.value("UPDATE opportunity SET version = version + 1, updated_at = now() WHERE id = $1", deal[4:])
    before = (await predicted(demo, SELLER, deal))["prediction"]["asOf"]
    later = datetime.now(UTC)
    assert await follow_changes(demo.database, NOW, later) == 1
    after = (await predicted(demo, SELLER, deal))["prediction"]["asOf"]
    assert after > before
    assert await follow_changes(demo.database, NOW, later) == 0


async def test_others_see_nothing_of_it(demo: Demo) -> None:
    await train_playbook(demo.database, PLAYBOOK, NOW)
    await predict_daily(demo.database, NOW)
    deal = await deal_of(demo, SELLER)
    own = (await predicted(demo, SELLER, deal))["prediction"]
    ids = [own["id"], own["model"]["id"]]
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert [(await demo.run(query, SELLER, id=id))["node"] for id in ids] == [{"id": id} for id in ids]
    assert (await demo.run(query, RIVAL, id=ids[0]))["node"] is None
    seen = (await demo.run(MODELS, RIVAL, key=PLAYBOOK))["predictionModels"]["nodes"]
    assert not [one for one in seen if one["audience"] == "VENDOR"]
    if own["model"]["audience"] == "PARTNER":
        assert (await demo.run(query, RIVAL, id=ids[1]))["node"] is None


async def test_an_earlier_model_is_put_back_and_stays_until_it_is_trained_anew(demo: Demo) -> None:
    for version in (1, 2):
        await demo.value(
            "INSERT INTO prediction_model (id, playbook_key, version, audience, of_whom, basis, trained_at, deals,"
            " wins, content, current)"
            " VALUES (gen_random_uuid(), $1, $2, 'VENDOR', 'VENDOR', 'STAGE_RATE', now(), 9, 4, '{}', $3)",
            PLAYBOOK,
            version,
            version == 2,
        )
    back = (await demo.run(ROLL_BACK, VENDOR, input={"playbookKey": PLAYBOOK}))["rollBackPrediction"]
    assert back == {"model": {"version": 1, "current": True}, "userErrors": []}
    assert await demo.value("SELECT held FROM prediction_model WHERE current AND version = 1")
    again = (await demo.run(ROLL_BACK, VENDOR, input={"playbookKey": PLAYBOOK}))["rollBackPrediction"]
    assert [one["code"] for one in again["userErrors"]] == ["NOT_FOUND"]
    far = {"playbookKey": PLAYBOOK, "version": 2**31 - 1}
    refused = (await demo.run(ROLL_BACK, VENDOR, input=far))["rollBackPrediction"]
    assert [(one["code"], one["path"]) for one in refused["userErrors"]] == [("NOT_FOUND", ["version"])]
    assert (await demo.run(RETRAIN, VENDOR, input={"playbookKey": PLAYBOOK}))["retrainPrediction"]["queued"]
    assert not await demo.value("SELECT bool_or(held) FROM prediction_model")
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'train_predictions'"
    assert await demo.value(jobs) == 1
    await demo.run(RETRAIN, VENDOR, input={"playbookKey": PLAYBOOK})
    assert await demo.value(jobs) == 1


async def test_there_is_no_model_of_no_playbook(demo: Demo) -> None:
    assert (await demo.run(MODEL, VENDOR, key="no-such"))["predictionModel"] is None
    for mutation, name in ((RETRAIN, "retrainPrediction"), (ROLL_BACK, "rollBackPrediction")):
        answer = (await demo.run(mutation, VENDOR, input={"playbookKey": "no-such"}))[name]
        assert [(one["code"], one["path"]) for one in answer["userErrors"]] == [("NOT_FOUND", ["playbookKey"])]


FIGURES = """query($key: String!) { predictionModels(playbookKey: $key, first: 50) { nodes { version audience basis
  deals wins betterThanBaseline warnings missing backtest { cut deals } calibration { low observed { of } } } } }"""
LINE = {"cut": "2026-03-02", "population": "OPEN", "basis": None, "deals": 3, "wins": 2}
BIN = {"low": 0.1, "high": 0.2, "predicted": 0.15, "wins": 2, "deals": 3}


async def modelled(demo: Demo, audience: str, version: int, *, current: bool) -> str:
    partner = await demo.value("SELECT organization_id FROM user_account WHERE name = $1", MANAGER)
    whose = partner if audience == "PARTNER" else None
    row = await demo.value(
        "INSERT INTO prediction_model (id, playbook_key, version, audience, partner_id, of_whom, basis, trained_at,"
        " deals, wins, content, backtest, calibration, warnings, missing, better_than_baseline, current)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, 'STAGE_RATE', now(), 1234, 567, '{}', $6::text::jsonb,"
        " $7::text::jsonb, ARRAY['The share won fell.'], ARRAY['More.'], TRUE, $8) RETURNING id",
        PLAYBOOK,
        version,
        audience,
        whose,
        str(whose or audience),
        dumps([LINE]).decode(),
        dumps([BIN]).decode(),
        current,
    )
    return f"pmd_{row}"


async def figures(demo: Demo, who: str, audience: str) -> list[dict[str, Any]]:
    seen = (await demo.run(FIGURES, who, key=PLAYBOOK))["predictionModels"]["nodes"]
    return [one for one in seen if one["audience"] == audience]


HIDDEN: dict[str, Any] = {"backtest": [], "calibration": [], "warnings": [], "missing": ["More."]}
EXACT = {"deals": 1234, "wins": 567, "betterThanBaseline": True, "missing": ["More."]} | {
    "warnings": ["The share won fell."],
    "backtest": [{"cut": "2026-03-02", "deals": 3}],
    "calibration": [{"low": 0.1, "observed": {"of": 3}}],
}


@pytest.mark.parametrize("who", [MANAGER, SELLER, RIVAL])
async def test_of_all_partners_model_a_partner_sees_no_more_than_may_be_told(demo: Demo, who: str) -> None:
    earlier = await modelled(demo, "PARTNERS", 1, current=False)
    shared = await modelled(demo, "PARTNERS", 2, current=True)
    told = {"version": 2, "audience": "PARTNERS", "basis": "STAGE_RATE", "deals": 1200, "wins": 570}
    assert await figures(demo, who, "PARTNERS") == [told | {"betterThanBaseline": True} | HIDDEN]
    whole = [one["version"] for one in await figures(demo, VENDOR, "PARTNERS")]
    assert sorted(whole) == [1, 2]
    assert (await figures(demo, VENDOR, "PARTNERS"))[0].items() >= EXACT.items()
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on PredictionModel { deals } } }"
    seen = await demo.run(query, who, ids=[earlier, shared])
    assert seen["nodes"] == [None, {"id": shared, "deals": 1200}]


async def test_counts_are_rounded_as_every_figure_of_several_partners_is(demo: Demo) -> None:
    await modelled(demo, "PARTNERS", 1, current=True)
    for count in (0, 7, 61, 99, 100, 104, 106, 994, 996, 1000, 123_456):
        await demo.value("UPDATE prediction_model SET deals = $1, wins = $1", count)
        (told,) = await figures(demo, RIVAL, "PARTNERS")
        assert (told["deals"], told["wins"]) == (settled(count), settled(count))


async def test_a_seller_sees_no_figures_of_the_organizations_own_model(demo: Demo) -> None:
    await modelled(demo, "PARTNER", 1, current=True)
    assert (await figures(demo, MANAGER, "PARTNER"))[0].items() >= EXACT.items()
    (seen,) = await figures(demo, SELLER, "PARTNER")
    hidden = {"version": 1, "audience": "PARTNER", "basis": "STAGE_RATE"} | {"deals": None, "wins": None}
    assert seen == hidden | {"betterThanBaseline": None} | HIDDEN
    assert await figures(demo, RIVAL, "PARTNER") == []


async def test_a_prediction_of_an_earlier_model_of_all_partners_still_names_it(demo: Demo) -> None:
    await predict_daily(demo.database, NOW)
    earlier = await modelled(demo, "PARTNERS", 1, current=False)
    await modelled(demo, "PARTNERS", 2, current=True)
    await demo.value("UPDATE prediction SET model_id = $1", earlier[4:])
    for who in (SELLER, MANAGER):
        model = (await predicted(demo, who))["prediction"]["model"]
        assert (model["id"], model["deals"], model["backtest"]) == (earlier, 1200, [])
        assert [one["version"] for one in await figures(demo, who, "PARTNERS")] == [2]


async def test_amounts_of_an_earlier_currency_are_not_compared(demo: Demo) -> None:
    deal = UUID((await deal_of(demo, SELLER))[4:])

    async def changed(amount: int, currency: str) -> None:
        await demo.value("UPDATE opportunity SET amount = $1, currency = $2 WHERE id = $3", amount, currency, deal)

    async def amounts() -> list[float | None]:
        return [amount for _, amount in (await source.of_deals(demo.database, [deal]))[deal].amounts]

    await changed(1_000, "EUR")
    await changed(1_100, "EUR")
    assert (await amounts())[-2:] == [1_000, 1_100]
    await changed(160_000, "JPY")
    await changed(170_000, "JPY")
    assert await amounts() == [160_000, 170_000]
    await changed(170_000, "USD")
    assert await amounts() == [170_000]
    known = (await source.of_deals(demo.database, [deal]))[deal]
    assert known.amounts[0][0] > known.created, "what it was before isn't known in this currency"


async def test_a_training_leaves_alone_what_was_rolled_back_meanwhile(demo: Demo) -> None:
    held = await modelled(demo, "VENDOR", 1, current=True)
    await demo.value("UPDATE prediction_model SET held = TRUE WHERE id = $1", held[4:])
    assert await train_playbook(demo.database, PLAYBOOK, NOW) is None
    versions = "SELECT array_agg(version::text || current::text || held::text) FROM prediction_model"
    assert await demo.value(versions) == ["1truetrue"]
    assert await train_playbook(demo.database, PLAYBOOK, NOW, even_if_held=True) is not None
    assert await demo.value("SELECT version FROM prediction_model WHERE audience = 'VENDOR' AND current") == 2


async def test_an_error_of_the_database_in_one_training_does_not_end_the_others(demo: Demo) -> None:
    keys = "SELECT array_agg(DISTINCT p.key ORDER BY p.key) FROM opportunity o JOIN playbook p ON p.id = o.playbook_id"
    first, *others = await demo.value(keys)
    assert others
    broken = f"ALTER TABLE prediction_model ADD CONSTRAINT broken CHECK (playbook_key <> '{first}')"
    await administer(demo.database.url, broken)
    assert await train_all(demo.database, NOW) == len(others)
    assert await demo.value("SELECT array_agg(DISTINCT playbook_key) FROM prediction_model") == others
