"""A feature is known from when the table says, and from nothing that only a closed deal has."""

import inspect
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.prediction import features
from app.prediction.deal import Deal, End, Entry
from app.prediction.features import EVERY, Category, Feature, Known, at_moment
from app.prediction.norms import norms_of
from tests.app.prediction.past import BEGIN, SHAPE, STAGES, deal, history

NORMS = norms_of(history(60), SHAPE.order)
NOW = BEGIN + 50.0

times = st.floats(0, 50).map(lambda after: BEGIN + after)
later = st.floats(0.01, 200).map(lambda after: NOW + after)


@st.composite
def pasts(draw: st.DrawFn) -> Deal:
    """Open, and touched in every way, until now."""
    entered = sorted(draw(st.lists(times, min_size=1, max_size=5)))
    set_at = sorted(draw(st.lists(times, max_size=4)))
    known = max(entered[0], BEGIN)
    return Deal(
        id="d",
        playbook="p",
        created=entered[0],
        entries=tuple(Entry(at, draw(st.sampled_from(STAGES)), draw(st.booleans())) for at in entered),
        partners=((entered[0], "p1"),),
        tier="GOLD",
        industry="retail",
        source="PARTNER",
        currency="EUR",
        amounts=tuple((max(at, known), draw(st.floats(1, 1e6))) for at in set_at),
        close_dates=tuple((max(at, known), draw(st.floats(BEGIN, NOW + 100))) for at in set_at),
        touches=tuple(max(at, known) for at in set_at),
    )


@given(past=pasts(), after=st.lists(later, min_size=4, max_size=4), won=st.booleans())
def test_nothing_that_comes_later_is_in_any_feature(past: Deal, after: list[float], won: bool) -> None:
    ended, moved, changed, touched = sorted(after, reverse=True)
    future = replace(
        past,
        entries=(*past.entries, Entry(moved, "negotiate", back=True)),
        end=End(ended, "won" if won else "lost", won),
        partners=(*past.partners, (changed, "p2")),
        amounts=(*past.amounts, (changed, 9e9)),
        close_dates=(*past.close_dates, (changed, NOW + 999)),
        touches=(*past.touches, touched),
    )
    then, now = at_moment(future, NOW, NORMS), at_moment(past, NOW, NORMS)
    assert {one.key: one.read(then) for one in EVERY} == {one.key: one.read(now) for one in EVERY}


@pytest.mark.parametrize("feature", [one for one in EVERY if one.known is Known.CREATION], ids=lambda one: one.key)
def test_what_is_known_from_creation_never_changes(feature: Feature | Category) -> None:
    of = deal((0, "qualify"), (5, "propose"), (20, "negotiate"), amount=700)
    read = {feature.read(at_moment(of, BEGIN + day, NORMS)) for day in (0, 1, 5, 19, 20, 400)}
    assert len(read) == 1


@pytest.mark.parametrize("feature", [one for one in EVERY if one.known is Known.ENTRY], ids=lambda one: one.key)
def test_what_is_known_from_the_entry_into_a_stage_changes_with_stages_alone(feature: Feature | Category) -> None:
    of = deal((0, "qualify"), (5, "propose"))
    assert len({feature.read(at_moment(of, BEGIN + day, NORMS)) for day in (5, 6, 60)}) == 1


def test_the_table_is_all_that_there_is_and_says_of_each_when() -> None:
    assert len({one.key for one in EVERY}) == len(EVERY)
    undated = {one.key for one in EVERY if one.known is Known.UNDATED}
    assert undated == {"source", "tier", "industry"}, "kept without a history: each takes a reason"


def test_no_feature_reads_an_end_or_a_person() -> None:
    text = inspect.getsource(features)
    code = text.replace(features.__doc__ or "", "")
    for word in (".end", "won", "owner", "contact", "closed", "close_reason"):
        assert word not in code, word


def test_what_is_not_known_says_nothing() -> None:
    bare = Deal("d", "p", BEGIN, (Entry(BEGIN, "unheard-of"),))
    moment = at_moment(bare, BEGIN + 1, NORMS)
    unknown = {one.key for one in EVERY if one.read(moment) is None}
    assert {"pace", "amount", "close_date_passed", "tier", "industry", "partner"} <= unknown
