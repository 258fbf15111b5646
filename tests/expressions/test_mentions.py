"""What a condition speaks of, in whichever of CEL's ways it says so."""

import pytest

from expressions.mentions import Mention, mentions
from expressions.tree import parse

NEED, BUDGET = Mention(("qualification", "need")), Mention(("qualification", "budget"))
MAP = Mention(("qualification",))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("deal.amount > 0.0", [Mention(("amount",))]),
        ('deal["amount"] > 0.0', [Mention(("amount",))]),
        ("deal.account.country != null", [Mention(("account", "country"))]),
        ('deal.stage == "lead"', [Mention(("stage",), ("lead",))]),
        ('"lead" != deal.stage', [Mention(("stage",), ("lead",))]),
        ('deal.stage in ["lead", "offer"]', [Mention(("stage",), ("lead", "offer"))]),
        ('["lead"].exists(key, deal.stage == key)', [Mention(("stage",), ("lead",))]),
        ('"need" in deal.qualification', [NEED, MAP]),
        ("has(deal.qualification.need)", [NEED]),
        ('size(deal.qualification["need"]) > 3', [NEED]),
        ('["need", "budget"].all(key, key in deal.qualification)', [NEED, BUDGET, MAP]),
        ("deal.qualification.exists(key, deal.qualification[key] == '')", [MAP, MAP]),
        ("deal.amount > 1.0 ? deal.owner != null : {'a': deal.name}.size() > 0", None),
    ],
)
def test_fields_entries_and_what_they_are_compared_with(text: str, found: list[Mention] | None) -> None:
    said = list(mentions(parse(text), "deal"))
    if found is None:
        assert [mention.path for mention in said] == [("amount",), ("owner",), ("name",)]
    else:
        assert said == found
