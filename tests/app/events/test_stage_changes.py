"""A filter of stage changes keeps an event when all of its conditions hold."""

from datetime import UTC, datetime
from itertools import product

import pytest

from app.events.facts import opportunity_created, opportunity_updated, stage_changed
from app.events.log import LoggedEvent, NewEvent
from app.events.stage_changes import StageChanges
from app.models.columns import new_id
from app.vocabulary import TransitionKind

DEAL, PARTNER, OTHER = new_id(), new_id(), new_id()


def logged(new: NewEvent) -> LoggedEvent:
    return LoggedEvent(
        seq=1,
        xid=1,
        type=new.type,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        actor_id=new.actor_id,
        subject_type=new.subject.type,
        subject_id=new.subject.id,
        opportunity_id=new.opportunity_id,
        payload=new.payload,
    )


MOVED = logged(
    stage_changed(
        DEAL,
        transition_id=new_id(),
        kind=TransitionKind.FORWARD,
        from_stage_key="qualify",
        to_stage_key="propose",
        playbook_key="software",
        partner_id=PARTNER,
        actor_id=None,
    )
)
CREATED = logged(
    opportunity_created(
        DEAL, transition_id=new_id(), stage_key="qualify", playbook_key="software", partner_id=None, actor_id=None
    )
)
UPDATED = logged(opportunity_updated(DEAL, fields=["name"], actor_id=None))

CONDITIONS = {
    "opportunity_ids": (frozenset({DEAL, OTHER}), frozenset({OTHER}), frozenset()),
    "partner_id": (PARTNER, OTHER),
    "playbook_key": ("software", "hardware"),
    "to_stage_keys": (frozenset({"propose", "won"}), frozenset({"qualify"}), frozenset()),
    "kinds": (frozenset({TransitionKind.FORWARD}), frozenset({TransitionKind.SKIP}), frozenset()),
}


def test_a_filter_without_conditions_keeps_moves_and_creations_and_nothing_else() -> None:
    assert [StageChanges().include(event) for event in (MOVED, CREATED, UPDATED)] == [True, True, False]


@pytest.mark.parametrize(("name", "values"), CONDITIONS.items())
def test_each_condition_holds_for_its_first_value_alone(name: str, values: tuple[object, ...]) -> None:
    assert [StageChanges(**{name: value}).include(MOVED) for value in values] == [  # type: ignore[arg-type]
        True,
        *[False] * (len(values) - 1),
    ]


def test_conditions_combine_by_and() -> None:
    for choice in product((None, True, False), repeat=len(CONDITIONS)):
        wanted = {
            name: values[0] if holds else values[1]
            for holds, (name, values) in zip(choice, CONDITIONS.items(), strict=True)
            if holds is not None
        }
        assert StageChanges(**wanted).include(MOVED) is (False not in choice)  # type: ignore[arg-type]


def test_a_creation_is_of_kind_created_and_leads_to_its_first_stage() -> None:
    first = StageChanges(kinds=frozenset({TransitionKind.CREATED}), to_stage_keys=frozenset({"qualify"}))
    assert first.include(CREATED)
    assert not first.include(MOVED)
    assert not StageChanges(partner_id=PARTNER).include(CREATED)
