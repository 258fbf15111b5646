"""The playbook editor's own rules, run by Node; and the words that it offers, against those that conditions may use."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from app.deals.conditions import FIELDS, LANGUAGE
from app.vocabulary import DealType, OpportunitySource, OpportunityStatus, PartnerTier, RegistrationStatus
from expressions.vocabulary import TEXT_FUNCTIONS
from tests.npm import NODE

HERE = Path(__file__).parent
EDITOR = HERE.parents[1] / "app" / "portal" / "web" / "src" / "portal" / "pages" / "playbook"
SAY = "const { FIELDS, INNER, VALUES, TEXT_FUNCTIONS } = await import(process.env.EDITOR + '/vocabulary.ts');"
PRINT = "console.log(JSON.stringify({ FIELDS, INNER, VALUES, TEXT_FUNCTIONS }));"


async def node(*arguments: str) -> str:
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, "EDITOR": EDITOR.as_uri()}
    process = await asyncio.create_subprocess_exec(NODE, *arguments, cwd=HERE, env=env, stdout=pipe, stderr=pipe)
    said, complained = await process.communicate()
    assert process.returncode == 0, (said + complained).decode()
    return said.decode()


async def test_the_editors_rules() -> None:
    await node("--test", "editing.mjs")


async def test_conditions_are_offered_the_words_that_they_may_use() -> None:
    offered: dict[str, Any] = json.loads(await node("--input-type=module", "-e", SAY + PRINT))
    assert set(offered["FIELDS"]) == set(FIELDS)
    assert {name: set(inner) for name, inner in offered["INNER"].items()} == {
        name: set(inner) for name, inner in FIELDS.items() if inner
    }
    assert set(offered["TEXT_FUNCTIONS"]) == TEXT_FUNCTIONS
    assert {path: set(values) for path, values in offered["VALUES"].items()} == {
        f"{LANGUAGE.root}.source": set(OpportunitySource),
        f"{LANGUAGE.root}.status": set(OpportunityStatus),
        f"{LANGUAGE.root}.partner.tier": set(PartnerTier),
        f"{LANGUAGE.root}.registration.dealType": set(DealType),
        f"{LANGUAGE.root}.registration.status": set(RegistrationStatus),
    }
