"""The order in which partners are offered a deal."""

from dataclasses import replace

import pytest

from app.cosell.ranking import Candidate, Wanted, ranked
from app.vocabulary import PartnerTier

PLAIN = Candidate(
    key="plain",
    tier=PartnerTier.REGISTERED,
    places=frozenset({"de"}),
    industries=frozenset({"retail"}),
    people=2,
    open_deals=4,
    won=2,
    lost=2,
)
WANTED = Wanted(frozenset({"at"}), "banking")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"certified": True}, "Certified."),
        ({"tier": PartnerTier.GOLD}, "Tier Gold."),
        ({"places": frozenset({"at"})}, "Works where the customer is."),
        ({"industries": frozenset({"banking"})}, "Serves the customer's industry."),
        ({"industries": frozenset()}, "Serves all industries."),
        ({"won": 9}, "Won 9 of 11 closed deals."),
        ({"open_deals": 0}, "0 open deals for 2 people."),
    ],
)
def test_whoever_suits_better_comes_first_and_it_says_why(change: dict[str, object], reason: str) -> None:
    better = replace(PLAIN, key="z-better", **change)  # type: ignore[arg-type]
    first, second = ranked([PLAIN, better], WANTED)
    assert (first.candidate, second.candidate) == (better, PLAIN)
    assert reason in first.reasons
    assert reason not in second.reasons


def test_what_ties_is_in_the_order_of_keys() -> None:
    others = [replace(PLAIN, key=key) for key in ("c", "a", "b")]
    assert [one.candidate.key for one in ranked(others, WANTED)] == ["a", "b", "c"]
