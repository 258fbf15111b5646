"""Distributors over resellers: no partner above itself, however the parents are set."""

import asyncio
from collections.abc import Mapping
from random import Random
from uuid import UUID

import pytest

from app.members.lineage import DEEPEST
from app.members.partners import PartnerSaved, upsert_partner
from app.models.columns import new_id
from app.outcomes import Refused
from tests.app.members.conftest import Programme, codes

PARTNERS, STEPS = 7, 40


async def taken_in(name: str, parent: UUID | None = None) -> UUID:
    made = await upsert_partner(None, {"name": name, "parent_id": parent})
    assert isinstance(made, PartnerSaved)
    return made.partner_id


async def parents(programme: Programme) -> dict[UUID, UUID | None]:
    rows = await programme.database.fetch("SELECT id, parent_id FROM organization WHERE kind = 'PARTNER'")
    return {row["id"]: row["parent_id"] for row in rows}


def above(known: Mapping[UUID, UUID | None], id: UUID) -> list[UUID]:
    """The chain of parents; fails where it has no end."""
    chain: list[UUID] = []
    at = known[id]
    while at is not None:
        assert at not in chain
        chain.append(at)
        at = known[at]
    return chain


def is_possible(known: Mapping[UUID, UUID | None], id: UUID, parent: UUID | None) -> bool:
    if parent is None:
        return True
    if id == parent or id in above(known, parent):
        return False
    after = {**known, id: parent}
    return all(len(above(after, one)) < DEEPEST for one in after)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_parents_are_set_there_is_no_circle(programme: Programme, seed: int) -> None:
    draw = Random(seed)
    ids = [await taken_in(f"Partner {n}") for n in range(PARTNERS)]
    for _ in range(STEPS):
        known = await parents(programme)
        id, parent = draw.choice(ids), draw.choice([*ids, None])
        outcome = await upsert_partner(None, {"parent_id": parent}, partner_id=id)
        assert isinstance(outcome, PartnerSaved) is is_possible(known, id, parent)
        after = await parents(programme)
        assert after == ({**known, id: parent} if isinstance(outcome, PartnerSaved) else known)
        assert all(len(above(after, one)) < DEEPEST for one in after)


async def test_two_who_would_close_a_circle_together_do_not(programme: Programme) -> None:
    one, other = await taken_in("One"), await taken_in("Other")
    outcomes = await asyncio.gather(
        upsert_partner(None, {"parent_id": other}, partner_id=one),
        upsert_partner(None, {"parent_id": one}, partner_id=other),
    )
    assert len([found for found in outcomes if isinstance(found, Refused)]) == 1


async def test_a_parent_is_another_partner(programme: Programme) -> None:
    one = await taken_in("One")
    (vendor,) = await programme.database.fetch("SELECT id FROM organization WHERE kind = 'VENDOR'")
    for parent, code in ((one, "INVALID"), (vendor["id"], "NOT_FOUND"), (new_id(), "NOT_FOUND")):
        assert codes(await upsert_partner(None, {"parent_id": parent}, partner_id=one)) == [(code, ("parentId",))]


async def test_a_new_partner_is_found_by_its_external_id_again(programme: Programme) -> None:
    made = await upsert_partner(None, {"name": "Delta", "external_id": " CRM-1 "})
    assert isinstance(made, PartnerSaved)
    assert await upsert_partner(None, {"external_id": "CRM-1", "name": "Delta Works"}) == PartnerSaved(made.partner_id)
    taken = await upsert_partner(None, {"external_id": "CRM-1"}, partner_id=programme.alpine)
    assert codes(taken) == [("CONFLICT", ("externalId",))]
