"""Where a stage is found again."""

from typing import Any
from uuid import UUID

import pytest

from app.models.columns import new_id
from app.playbooks.placing import StageProfile, counterpart, kind_of_transfer
from app.vocabulary import PlacementBasis, StageKind, TransitionKind, UnplacedReason

KEY, NAME, ALIAS, MAPPING = PlacementBasis.KEY, PlacementBasis.NAME, PlacementBasis.ALIAS, PlacementBasis.MAPPING


def place(key: str, name: str | None = None, *aliases: str, **more: Any) -> StageProfile:
    return StageProfile(new_id(), key, key.title() if name is None else name, aliases=aliases, **more)


NEW = [
    place("discovery", "Discovery", "Needs analysis", "pre-sales"),
    place("proof", "Proof of Value", "Pilot Program", "Straße"),
    place("offer", "Offer sent", "proposal"),
    place("won", "Won", "Signed", kind=StageKind.WON),
    place("lost", "Lost", kind=StageKind.LOST),
]


@pytest.mark.parametrize(
    ("old", "mapping", "expected", "basis"),
    [
        (place("discovery", "Anything"), {}, "discovery", KEY),
        (place("discovery"), {"discovery": "offer"}, "offer", MAPPING),
        (place("demo"), {"demo": "proof", "other": "offer"}, "proof", MAPPING),
        (place("demo"), {"demo": "no-such-stage"}, None, None),
        (place("proposal", "Proposal Submitted"), {}, "offer", ALIAS),
        (place("x", "PILOT   program"), {}, "proof", ALIAS),
        (place("x", "Needs-Analysis!"), {}, "discovery", ALIAS),
        (place("pre-sales", "Whatever"), {}, "discovery", ALIAS),
        (place("proof-of-value", "Whatever"), {}, "proof", NAME),
        (place("x", "offer   SENT"), {}, "offer", NAME),
        (place("x", "STRASSE"), {}, "proof", ALIAS),
        (place("proposal", "Discovery"), {}, "offer", ALIAS),  # the key is asked before the name
        (place("signed", "Signed"), {}, "won", ALIAS),
        (place("x", "Analysis"), {}, None, None),
        (place("x", ""), {}, None, None),
    ],
)
def test_a_stage_is_found_by_mapping_key_key_as_a_name_and_name(
    old: StageProfile, mapping: dict[str, str], expected: str | None, basis: PlacementBasis | None
) -> None:
    found = counterpart(old, NEW, mapping)
    assert (found.stage and found.stage.key, found.basis) == (expected, basis)


@pytest.mark.parametrize(
    ("old", "reason"),
    [
        (place("discovery"), None),
        (place("x"), UnplacedReason.NO_COUNTERPART),
        (place("lost"), UnplacedReason.CLOSED_STAGE),
        (place("signed"), UnplacedReason.CLOSED_STAGE),
        (place("demo", "Demo"), UnplacedReason.AMBIGUOUS),
    ],
)
def test_open_deals_go_to_open_stages_alone_and_to_the_one_that_answers(
    old: StageProfile, reason: UnplacedReason | None
) -> None:
    found = counterpart(old, [*NEW, place("a", "De-mo", "demo"), place("b", "B", "Demo")], {})
    assert found.unplaced == reason
    assert (found.open_stage is None) == (reason is not None)


ORDER = [place(key, win_probability=chance) for key, chance in (("a", 0.1), ("b", 0.3), ("c", 0.6), ("d", 0.9))]
LIKELY = [place("x", win_probability=chance) for chance in (0.05, 0.3, 0.7)]


@pytest.mark.parametrize(
    ("old", "to", "kind"),
    [
        (place("b"), 0, TransitionKind.BACK),
        (place("b"), 1, TransitionKind.FORWARD),
        (place("b"), 2, TransitionKind.FORWARD),
        (place("b"), 3, TransitionKind.SKIP),
        (LIKELY[0], 0, TransitionKind.FORWARD),
        (LIKELY[1], 0, TransitionKind.BACK),
        (LIKELY[1], 2, TransitionKind.FORWARD),
        (LIKELY[2], 1, TransitionKind.BACK),
        (LIKELY[2], 2, TransitionKind.FORWARD),
        (LIKELY[0], 3, TransitionKind.SKIP),
    ],
)
def test_a_move_elsewhere_counts_from_the_counterpart_else_from_the_last_stage_no_likelier(
    old: StageProfile, to: int, kind: TransitionKind
) -> None:
    assert kind_of_transfer(old, ORDER[to], ORDER) is kind


def test_ids_say_nothing_of_what_a_stage_is() -> None:
    one, other = (place("a", "A") for _ in range(2))
    assert isinstance(one.id, UUID)
    assert counterpart(one, [other], {}).stage == other
