"""What comments and registrations tell advice of a deal."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.comments.writing import DEAL, Place, add_comment
from app.recommendations.facts import gather
from app.vocabulary import CommentAudience
from guidance.facts import Facts, Registration
from tests.schema.world import SELLER, VENDOR, Demo, person

OPEN = """SELECT o.id FROM opportunity o WHERE o.status = 'OPEN' AND o.owner_id = $1 AND o.playbook_id IN
  (SELECT b.id FROM playbook b WHERE b.key = 'it-software') ORDER BY o.id LIMIT 1"""
REGISTERED = """INSERT INTO deal_registration
  (id, number, version, status, policy_id, partner_id, opportunity_id, protected_until)
  SELECT gen_random_uuid(), 'R-0', 1, $2, f.id, o.partner_id, o.id, $3
  FROM opportunity o, registration_policy f WHERE o.id = $1 AND f.playbook_key = 'it-software'"""
NONE = "DELETE FROM deal_registration WHERE opportunity_id = $1"


async def deal_of_seller(demo: Demo) -> UUID:
    id: UUID = await demo.value(OPEN, (await person(SELLER)).user_id)
    await demo.value("DELETE FROM comment WHERE opportunity_id = $1", id)
    await demo.value(NONE, id)
    return id


async def facts_of(demo: Demo, id: UUID) -> Facts:
    return (await gather(demo.database, [id], datetime.now(UTC)))[id].facts


@pytest.mark.parametrize("audience", list(CommentAudience))
async def test_only_a_comment_for_everyone_is_contact(demo: Demo, audience: CommentAudience) -> None:
    """Who may not read it isn't told of it by advice."""
    id = await deal_of_seller(demo)
    before = (await facts_of(demo, id)).last_contact_at
    at = datetime.now(UTC)
    await add_comment(await person(VENDOR), Place(DEAL, id), "They call back on Monday.", audience)
    after = (await facts_of(demo, id)).last_contact_at
    if audience is CommentAudience.EVERYONE_ON_IT:
        assert after is not None
        assert after >= at - timedelta(seconds=1)
    else:
        assert after == before


async def test_a_deal_knows_whether_it_is_registered(demo: Demo) -> None:
    id, until = await deal_of_seller(demo), datetime(2031, 5, 1, tzinfo=UTC)
    await demo.value("UPDATE registration_policy SET minimum_amount = NULL, minimum_currency = NULL")
    assert (await facts_of(demo, id)).registration == Registration(is_begun=False)
    await demo.value(REGISTERED, id, "APPROVED", until)
    assert (await facts_of(demo, id)).registration == Registration(is_begun=True, protected_until=until)
    await demo.value("DELETE FROM deal_registration WHERE opportunity_id = $1", id)
    await demo.value("UPDATE registration_policy SET minimum_amount = 1e12, minimum_currency = 'EUR'")
    assert (await facts_of(demo, id)).registration is None
