"""Every draft of the demo's open deals."""

from datetime import UTC, datetime

import pytest

from app.recommendations.drafts import drafts_of
from guidance.customer_wording import customer_wording_faults
from guidance.facts import Reader
from guidance.phrasebook import shipped
from tests.schema.world import Demo


@pytest.mark.parametrize("language", [None, *sorted(shipped())])
async def test_the_demos_customers_get_what_can_be_sent(demo: Demo, language: str | None) -> None:
    rows = await demo.database.fetch("SELECT DISTINCT name FROM stage")
    names = [row["name"] for row in rows]
    found = await drafts_of(demo.database, datetime.now(UTC), language)
    assert len(found) > 200
    to_customers = [draft for draft in found if draft.reader is Reader.CUSTOMER]
    assert len(to_customers) > 200
    assert language is None or {draft.language for draft in to_customers} == {language}
    for draft in to_customers:
        paragraphs = draft.text.split("\n\n")
        said = "\n\n".join(paragraphs[:-1])  # the last has the sender's name
        assert customer_wording_faults(said, draft.language, names, ()) == [], draft.text
        assert len(paragraphs) == len(set(paragraphs)), draft.text
