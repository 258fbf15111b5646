"""Advice that rests on what is predicted of a deal: with evidence, kept current, and for those who may see it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.prediction.following import predict
from app.prediction.heard import end_advice
from app.recommendations.facts import gather
from app.recommendations.serve import advice, keep
from app.recommendations.store import lock
from app.recommendations.upkeep import advise_open_deals
from tests.schema.test_cosell import LEADER, Joint, joint
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, deal_of

__all__ = ["joint"]

READ = """query($id: ID!) { opportunity(id: $id) { recommendations(first: 20) {
  actions { id kind title rationale evidence { fact value source } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { id } }"
PREDICTED = """
INSERT INTO prediction (id, opportunity_id, partner_id, model_id, basis, win_probability, low, high, base_rate, reasons,
  as_of, trend, opportunity_version, usual, best_change)
SELECT o.id, o.id, o.partner_id, $2, $3, 0.2, 0.1, 0.3, 0.3, $4::text::jsonb, now(), 'STEADY', o.version, 0.41,
  $5::text::jsonb FROM opportunity o WHERE o.id = $1
ON CONFLICT (id) DO UPDATE SET basis = excluded.basis, win_probability = excluded.win_probability,
  reasons = excluded.reasons, usual = excluded.usual, best_change = excluded.best_change
RETURNING id
"""
MODEL = """
INSERT INTO prediction_model (id, playbook_key, version, audience, of_whom, basis, trained_at, deals, wins, content,
  current)
VALUES (gen_random_uuid(), 'it-software', 99, 'VENDOR', gen_random_uuid()::text, 'MODEL', now(), 900, 400, '{}', FALSE)
RETURNING id
"""
REASONS = [["stage", "Proposal", 30], ["close_date_put_off", 1.4, -90], ["amount", 1.0, -40]]


async def predicted(
    demo: Demo, deal: str, *, basis: str = "MODEL", change: list[Any] | None = None, reasons: list[Any] | None = None
) -> None:
    model = await demo.value(MODEL)
    told = orjson.dumps(REASONS if reasons is None else reasons).decode()
    await demo.value(PREDICTED, deal[4:], model, basis, told, change and orjson.dumps(change).decode())


async def read(demo: Demo, deal: str, who: str = SELLER) -> list[dict[str, Any]]:
    answer = await demo.run(READ, who, id=deal)
    return list(answer["opportunity"]["recommendations"]["actions"])


def of_prediction(actions: list[dict[str, Any]]) -> list[str]:
    """Facts with the percentages of their values, in whatever language: “Prognose …: 20, 41”."""
    found = [one for each in actions for one in each["evidence"] if one["source"] in ("prediction", "Prognose")]
    return [f"{one['fact']}: {', '.join(re.findall('[0-9]+', one['value']))}" for one in found]


async def at_work(demo: Demo, deal: str) -> None:
    """In its stage for a week, and neither quiet nor ready to leave it."""
    await demo.value(
        "UPDATE opportunity SET entered_stage_at = now() - interval '6 days', version = version + 1,"
        " expected_close_date = current_date + 60 WHERE id = $1 RETURNING id",
        deal[4:],
    )


async def test_the_most_valuable_change_and_the_risk_are_told_with_their_figures(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    await at_work(demo, deal)
    await predicted(demo, deal, change=["DONE", 0.29])
    told = of_prediction(await read(demo, deal))
    assert [one for one in told if one.endswith("20, 41")], told
    assert [one for one in told if one.endswith("29, 20")], told


@pytest.mark.parametrize("basis", ["STAGE_PROBABILITY", "STAGE_RATE", "STAGE_AND_AGE_RATE"])
async def test_nothing_is_said_of_what_rests_on_stage_and_age_alone(demo: Demo, basis: str) -> None:
    deal = await deal_of(demo, SELLER)
    await at_work(demo, deal)
    before = [(one["kind"], one["title"]) for one in await read(demo, deal)]
    await predicted(demo, deal, basis=basis, change=["SILENCE", 0.29])
    await end_advice(demo.database, [UUID(deal[4:])])
    after = await read(demo, deal)
    assert [(one["kind"], one["title"]) for one in after] == before
    assert of_prediction(after) == []


async def test_a_deal_at_risk_gets_an_action_with_what_speaks_against_it(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    await at_work(demo, deal)
    await predicted(demo, deal)
    told = of_prediction(await read(demo, deal, VENDOR))
    assert [one for one in told if one.endswith("20, 41")], told
    assert [one for one in told if one.startswith("Against it: 3")], told
    assert "Proposal" not in "".join(told)


async def test_who_sells_along_is_told_nothing_of_it(joint: Joint) -> None:
    demo = joint.demo
    await joint.join(access="EDIT")
    await at_work(demo, joint.id)
    for change in (["DONE", 0.29], None):
        await predicted(demo, joint.id, change=change)
        await end_advice(demo.database, [UUID(joint.id[4:])])
        seen = {who: await read(demo, joint.id, who) for who in (LEADER, VENDOR, MANAGER)}
        assert of_prediction(seen[LEADER]) == of_prediction(seen[VENDOR]) != []
        assert of_prediction(seen[MANAGER]) == []
        raising = [one["id"] for one in seen[LEADER] if one["kind"] == "RAISE_CHANCES"]
        assert not [one for one in seen[MANAGER] if one["kind"] == "RAISE_CHANCES"]
        for id in raising:
            assert (await demo.run(NODE, MANAGER, id=id))["node"] is None
        assert all(one["evidence"] for one in seen[MANAGER])


async def test_advice_follows_when_a_deal_is_asked_about_again(demo: Demo) -> None:
    """What the models say of it now is another thing, so what was advised by them before ends."""
    deal = await deal_of(demo, SELLER)
    await at_work(demo, deal)
    await predicted(demo, deal, change=["DONE", 0.29])
    assert of_prediction(await read(demo, deal))
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert await predict(demo.database, [UUID(deal[4:])], now) == 1
    basis = await demo.value("SELECT basis FROM prediction WHERE id = $1", deal[4:])
    assert basis == "STAGE_PROBABILITY"
    ended = await demo.value("SELECT fresh_until <= now() FROM recommendation WHERE opportunity_id = $1", deal[4:])
    assert ended
    assert of_prediction(await read(demo, deal)) == []


async def test_what_nobody_reads_is_made_anew_within_the_minute(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    await at_work(demo, deal)
    await read(demo, deal)
    await advise_open_deals(demo.database, datetime.now(UTC), rest=False)
    await predicted(demo, deal, change=["DONE", 0.29])
    stored = "SELECT bool_or(evidence::text LIKE '%%predicted%%') FROM next_best_action WHERE opportunity_id = $1"
    await end_advice(demo.database, [UUID(deal[4:])])
    assert not await demo.value(stored, deal[4:])
    assert await advise_open_deals(demo.database, datetime.now(UTC), rest=False) == 1
    assert await demo.value(stored, deal[4:])


async def test_advice_that_was_ended_meanwhile_stays_so(demo: Demo) -> None:
    """Whoever read the facts before has told what they said before."""
    deal = await deal_of(demo, SELLER)
    await read(demo, deal)
    at = datetime.now(UTC)
    ended = "UPDATE recommendation SET fresh_until = clock_timestamp() WHERE opportunity_id = $1 RETURNING fresh_until"
    kept = await demo.value(ended, deal[4:])
    gathered = await gather(demo.database, [UUID(deal[4:])], at)
    again = await demo.value(ended, deal[4:])
    assert again > kept
    async with demo.database.transaction() as tx:
        await lock(tx, list(gathered))
        await keep(tx, gathered, {id: advice(one, at) for id, one in gathered.items()}, at)
    stands = await demo.value("SELECT fresh_until FROM recommendation WHERE opportunity_id = $1", deal[4:])
    assert stands == again
