"""Whose deals a model is made of: nobody's model tells of a single competitor."""

from dataclasses import replace

from app.prediction.groups import groups
from app.vocabulary import ModelAudience
from tests.app.prediction.past import history

OWN, RIVAL = "own", "rival"


def named(number: int, partner: str, seed: int) -> list:  # type: ignore[type-arg]
    return [replace(one, id=f"{partner}-{one.id}") for one in history(number, seed=seed, partners=[partner])]


def test_with_and_without_a_competitors_500_deals_an_own_model_is_the_same() -> None:
    mine = named(80, OWN, 1)
    alone = {one.of_whom: one.deals for one in groups(mine)}
    beside = {one.of_whom: one.deals for one in groups([*mine, *named(500, RIVAL, 2)])}
    assert beside[OWN] == alone[OWN] == mine
    assert set(beside) == {ModelAudience.VENDOR, OWN, RIVAL}


def test_enough_partners_share_one() -> None:
    deals = [one for number in range(8) for one in named(30, f"p{number}", number + 1)]
    of_whom = [one.of_whom for one in groups(deals)]
    assert of_whom == [ModelAudience.VENDOR, ModelAudience.PARTNERS]


def test_no_partner_makes_up_more_than_half_and_the_vendors_own_deals_are_none_of_it() -> None:
    deals = [one for number in range(8) for one in named(30, f"p{number}", number + 1)]
    large, own = named(2_000, RIVAL, 99), history(50, seed=7)
    shared = groups([*deals, *large, *own])[1]
    counted = [one.partner for one in shared.deals]
    assert counted.count(RIVAL) == len(deals)
    assert None not in counted
    again = groups([*deals, *large[::-1], *own])[1]
    assert {id(one) for one in again.deals} == {id(one) for one in shared.deals}
