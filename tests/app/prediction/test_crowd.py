"""Of all partners' model, each figure is one of enough partners by itself: a rival alone is nowhere to be seen."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.prediction import fitting
from app.prediction import groups as grouping
from app.prediction.crowd import Crowd, enough_partners, everyone
from app.prediction.deal import Deal, stays
from app.prediction.fitting import fit
from app.prediction.groups import groups
from app.prediction.learning import Learnt, learn
from app.prediction.linear import BASE
from app.prediction.norms import norms_of
from app.prediction.stage_rates import StageRates, stage_rates
from app.prediction.times import times_of
from app.vocabulary import ModelAudience
from tests.app.prediction.past import BEGIN, SHAPE, deal, history

NOW = BEGIN + 200.0
PARTNERS = [f"p{number}" for number in range(8)]
RIVAL = "rival"
MANY = [replace(one, currency="EUR", source="PARTNER", industry="retail") for one in history(400, partners=PARTNERS)]
ODD = [
    replace(one, id=f"r{one.id}", currency="CHF", source="REFERRAL", industry="mining")
    for one in history(100, seed=2, partners=[RIVAL])
]


def rates_of(deals: Sequence[Deal], crowd: Crowd = enough_partners) -> StageRates:
    return stage_rates((stay for one in deals for stay in stays(one, NOW)), SHAPE.won, SHAPE.lost, crowd)


def test_without_a_rule_all_deals_count() -> None:
    assert everyone(ODD) == {one.id for one in ODD}
    assert enough_partners(ODD) == frozenset()
    assert enough_partners(MANY) == everyone(MANY)


def test_a_figure_is_of_more_than_five_partners_and_of_enough_deals_or_there_is_none() -> None:
    def crowd(partners: int, each: int) -> list[Deal]:
        return [deal((0, "qualify"), id=f"{p}/{n}", partner=f"p{p}") for p in range(partners) for n in range(each)]

    assert enough_partners(crowd(5, 100)) == frozenset()
    assert enough_partners(crowd(6, 9)) == frozenset()
    assert len(enough_partners(crowd(6, 10))) == 60


def test_a_usual_amount_is_of_enough_partners_in_its_currency() -> None:
    norms = norms_of([*MANY, *ODD], SHAPE.order, enough_partners)
    assert norms.amount.keys() == {"EUR"}
    assert norms.usual_amount(RIVAL, "CHF") is None
    assert norms.usual_amount("p1", "EUR") == norms_of(MANY, SHAPE.order, enough_partners).usual_amount("p1", "EUR")
    assert norms_of([*MANY, *ODD], SHAPE.order).amount.keys() == {"EUR", "CHF"}


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_stage_that_a_rival_alone_uses_is_said_to_be_as_all_are(outcome: str) -> None:
    few = [deal((0, "qualify"), (9, "secret"), (20, outcome), id=f"s{n}", partner=RIVAL) for n in range(60)]
    few = [replace(one, entries=(*one.entries, replace(one.entries[0], stage="secret", at=BEGIN + 9))) for one in few]
    rates = rates_of([*MANY, *few])
    assert "secret" not in rates.exits
    assert rates.win("secret") == rates.win("secret", 99.0) == rates.base
    times = times_of([*MANY, *few], NOW, enough_partners)
    assert times.interval("secret", 1.0, 0.5) is None
    assert times.interval("propose", 1.0, 0.5) is not None


def test_an_age_that_a_rivals_deals_alone_reach_says_what_the_whole_stage_does() -> None:
    late = [deal((0, "negotiate"), (150 + n / 10, "won"), id=f"l{n}", partner=RIVAL) for n in range(60)]
    rates, with_all = rates_of([*MANY, *late]), rates_of([*MANY, *late], everyone)
    assert with_all.win("negotiate", 140.0) > 0.9
    assert rates.win("negotiate", 140.0) == pytest.approx(rates.win("negotiate"))
    assert rates.exits["negotiate"].ages[-1] < 100
    ages = times_of([*MANY, *late], NOW, enough_partners).ages["negotiate"]
    assert max(ages) < 100 <= max(times_of([*MANY, *late], NOW).ages["negotiate"])


def test_no_partner_has_more_than_half_of_a_stage() -> None:
    most = [deal((n / 10, "negotiate"), (n / 10 + 3, "won"), id=f"m{n}", partner=RIVAL) for n in range(900)]
    exits = rates_of([*MANY, *most]).exits["negotiate"]
    others = sum(any(stay.stage == "negotiate" for stay in stays(one, NOW)) for one in MANY)
    assert others < exits.stays <= 2 * others + 1


@pytest.fixture(scope="module")
def shared() -> Learnt:
    return learn([*MANY, *ODD], NOW, SHAPE, enough_partners)


def test_no_word_and_no_leaf_of_a_tree_is_a_single_partners(shared: Learnt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "ENOUGH_FOR_TREES", 300)
    models = fit(shared, SHAPE)
    assert models.keys() == {"MODEL"}
    linear = models["MODEL"].linear
    assert linear is not None
    words = {(term.feature, term.word) for term in linear.terms if term.word is not None}
    assert words <= {("source", "PARTNER"), ("industry", "retail")}
    assert "partner" not in {feature for feature, _ in words}
    whole = fit(replace(shared, crowd=everyone), SHAPE)
    assert whole.keys() == {"MODEL", "TREES"}
    of_all = whole["MODEL"].linear
    assert of_all is not None
    assert ("partner", RIVAL) in {(term.feature, term.word) for term in of_all.terms}
    assert BASE in {term.feature for term in linear.terms}


def test_the_latest_deals_are_chosen_before_it_is_judged_whose_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_DEALS", 300)
    old = [one for n, partner in enumerate(PARTNERS) for one in history(30, seed=n, partners=[partner])]
    old = [replace(one, id=f"{partner}{one.id}") for one in old for partner in [one.partner]]
    late = [replace(one, id=f"late{one.id}", created=one.created + 1_000) for one in history(290, partners=[RIVAL])]
    made = groups([*old, *late])
    assert ModelAudience.PARTNERS not in {one.audience for one in made}, "ten of others' deals stand beside them"
    assert max(len(one.deals) for one in made) == 300


def test_what_is_chosen_has_no_partner_with_more_than_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_DEALS", 500)
    late = [replace(one, id=f"late{one.id}", created=one.created + 1_000) for one in history(390, partners=[RIVAL])]
    shared = groups([*MANY, *late])[1]
    assert shared.audience is ModelAudience.PARTNERS
    for deals in ([one for one in shared.deals if one.end], [one for one in shared.deals if not one.end]):
        assert 2 * sum(one.partner == RIVAL for one in deals) <= len(deals)
