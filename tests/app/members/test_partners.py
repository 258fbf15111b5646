import asyncio
from typing import Any

import pytest

from app.database import transaction
from app.members.partners import PartnerSaved, key_of, upsert_partner
from app.models.columns import new_id
from app.vocabulary import PartnerKind, PartnerTier, Role
from tests.app.members.conftest import Programme, codes
from tests.app.playbooks.publications import waits_for_a_lock


async def test_a_partner_is_taken_in_and_changed_by_its_key(programme: Programme) -> None:
    given = {"name": " Córdoba  Digital ", "tier": PartnerTier.SILVER, "industries": ["Retail", "Retail "]}
    made = await upsert_partner(None, given)
    assert isinstance(made, PartnerSaved)
    assert made.created
    again = await upsert_partner(None, {"key": "cordoba-digital", "partner_kind": PartnerKind.RESELLER, "tier": None})
    assert again == PartnerSaved(made.partner_id)
    (row,) = await programme.database.fetch("SELECT * FROM organization WHERE id = $1", made.partner_id)
    assert (row["key"], row["name"], row["kind"]) == ("cordoba-digital", "Córdoba Digital", "PARTNER")
    assert (row["tier"], row["partner_kind"], row["industries"]) == (None, "RESELLER", ["Retail"])
    assert (await programme.actions())[-2:] == ["PARTNER_CREATED", "PARTNER_CHANGED"]


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({}, "INVALID", ("name",)),
        ({"name": ""}, "INVALID", ("name",)),
        ({"name": "三井"}, "INVALID", ("key",)),
        ({"name": "A", "key": "No Key"}, "INVALID", ("key",)),
        ({"name": "A", "key": "vendor"}, "CONFLICT", ("key",)),
        ({"name": "ALPINE it"}, "CONFLICT", ("key",)),
        ({"name": "A", "industries": ["x", ""]}, "INVALID", ("industries", "1")),
        ({"name": "A", "region": "\0"}, "INVALID", ("region",)),
        ({"name": "A", "channel_manager_id": new_id()}, "NOT_FOUND", ("channelManagerId",)),
    ],
)
async def test_what_cannot_be_is_refused(
    programme: Programme, given: dict[str, Any], code: str, path: tuple[str, ...]
) -> None:
    before = await programme.database.fetch("SELECT * FROM organization")
    assert codes(await upsert_partner(None, given)) == [(code, path)]
    assert await programme.database.fetch("SELECT * FROM organization") == before


async def test_the_vendor_is_no_partner_and_a_key_never_changes(programme: Programme) -> None:
    (vendor,) = await programme.database.fetch("SELECT id FROM organization WHERE kind = 'VENDOR'")
    assert codes(await upsert_partner(None, {"name": "X"}, partner_id=vendor["id"])) == [("NOT_FOUND", ("partnerId",))]
    changed = await upsert_partner(None, {"key": "other"}, partner_id=programme.alpine)
    assert codes(changed) == [("INVALID", ("key",))]


async def test_of_many_at_once_one_is_made(programme: Programme) -> None:
    outcomes = await asyncio.gather(*(upsert_partner(None, {"name": "Delta"}) for _ in range(6)))
    assert len([one for one in outcomes if isinstance(one, PartnerSaved)]) == 1


@pytest.mark.parametrize("given", [{"name": "Delta"}, {"name": "X", "key": "delta"}])
async def test_a_key_that_somebody_else_makes_at_the_same_time_is_taken(
    programme: Programme, given: dict[str, Any]
) -> None:
    async with transaction() as other:
        await other.execute(
            "INSERT INTO organization (id, key, name, kind) VALUES ($1, 'delta', 'Delta', 'PARTNER')", new_id()
        )
        asked = asyncio.ensure_future(upsert_partner(None, given))
        await waits_for_a_lock()
    assert codes(await asked) == [("CONFLICT", ("key",))]


async def test_channel_managers_take_in_partners_and_partners_nobody(programme: Programme) -> None:
    manager = await programme.viewer(await programme.invited("Cho", Role.CHANNEL_MANAGER))
    assert isinstance(await upsert_partner(manager, {"name": "Delta"}), PartnerSaved)
    partner = await programme.viewer(await programme.invited("Pia", Role.PARTNER_MANAGER, programme.alpine))
    assert codes(await upsert_partner(partner, {"name": "Epsilon"})) == [("FORBIDDEN", ())]


@pytest.mark.parametrize(("name", "key"), [("Alpine IT", "alpine-it"), ("  Ä & Ö! ", "a-o"), ("三井", ""), ("-", "")])
def test_keys(name: str, key: str) -> None:
    assert key_of(name) == key
