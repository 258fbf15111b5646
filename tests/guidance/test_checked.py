"""Checked wording: a model's own sentences are shown one by one, where both looks pass them; else the composed ones."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import Sharpened, recommend, sharpen
from guidance.actions import Candidate
from guidance.composition import composed
from guidance.lexicon import FOLDER, lexicon
from guidance.phrasebook import shipped
from guidance.wording import Wording
from tests.guidance.builders import NOW, facts
from tests.guidance.scripted import Scripted, all_asks, all_carried, none_carried

GOOD_TITLE = "Present the report"
GOOD_REASON = "“Technical validation” requires it before the deal may move on."
GOOD_DRAFT = "Would Tuesday or Thursday suit you?"
HARMFUL = "You would pay nothing for the first six months."
POINT = "I would like to go through the results with your sponsor."


async def said(look: Any = all_carried, wording: Wording = Wording.CHECKED, **words: str) -> tuple[Sharpened, Scripted]:
    """Of the activity, which the rules have second, with its own facts and one of the deal's cited."""
    writer = Scripted(
        json.dumps({"actions": [{"id": "a2", "facts": ["f8", "f1"], **words}, {"id": "a1"}, {"id": "a3"}]}), look
    )
    result = await sharpen(recommend(facts(), at=NOW), writer, at=NOW, wording=wording)
    assert isinstance(result, Sharpened)
    return result, writer


async def shown(look: Any = all_carried, wording: Wording = Wording.CHECKED, **words: str) -> Candidate:
    return (await said(look, wording, **words))[0].actions[0].ranked.candidate


def body(candidate: Candidate) -> list[str]:
    assert candidate.message is not None
    return candidate.message.text.split("\n\n")[2:-1]


async def test_what_passes_is_shown_and_has_to_be_checked_before_it_is_sent() -> None:
    one = await shown(title=GOOD_TITLE, rationale=GOOD_REASON, draft=f"{POINT}\n{GOOD_DRAFT}")
    assert (one.title, one.rationale, body(one)) == (GOOD_TITLE, GOOD_REASON, [POINT, GOOD_DRAFT])
    assert one.message is not None
    assert one.message.unchecked


async def test_what_is_refused_gives_way_alone() -> None:
    one = await shown(title=HARMFUL, rationale=f"{GOOD_REASON} {HARMFUL}", draft=f"{GOOD_DRAFT}\n{HARMFUL}")
    by_rules = next(c.candidate for c in recommend(facts(), at=NOW).actions if c.candidate.key == one.key)
    assert (one.title, one.rationale) == (by_rules.title, by_rules.rationale)
    assert body(one) == [GOOD_DRAFT, POINT]


async def test_of_a_draft_that_is_refused_as_a_whole_the_composed_one_stands() -> None:
    one = await shown(draft=f"{HARMFUL}\n{HARMFUL}")
    by_rules = next(c.candidate for c in recommend(facts(), at=NOW).actions if c.candidate.key == one.key)
    assert one.message == by_rules.message
    assert one.message is not None
    assert not one.message.unchecked


async def test_composed_takes_no_words_and_looks_but_once() -> None:
    result, writer = await said(wording=Wording.COMPOSED, title=GOOD_TITLE, draft=GOOD_DRAFT)
    assert result.actions[0].ranked.candidate.title == "Present the validation report"
    assert len(writer.orders) == 1


@pytest.mark.parametrize(
    "look", [none_carried, lambda _: "", lambda _: '{"carried": []}', lambda _: '{"carried": "all"}']
)
async def test_without_a_second_look_that_carries_it_nothing_is_shown(look: Any) -> None:
    result, writer = await said(look, title=GOOD_TITLE, rationale=GOOD_REASON, draft=GOOD_DRAFT)
    one = result.actions[0].ranked.candidate
    assert (one.title, one.rationale == GOOD_REASON, GOOD_DRAFT in (one.draft or "")) == (
        "Present the validation report", False, False,
    )  # fmt: skip
    assert [order.schema_name for order in writer.orders] == ["next_best_actions", "second_look"]


async def test_what_only_asks_needs_no_fact_to_carry_it() -> None:
    one = await shown(all_asks, draft=GOOD_DRAFT)
    assert GOOD_DRAFT in (one.draft or "")


async def test_a_sentence_said_twice_is_shown_once() -> None:
    answer: dict[str, Any] = {"actions": [{"id": id, "facts": [], "draft": GOOD_DRAFT} for id in ("a2", "a3", "a5")]}
    result = await sharpen(
        recommend(facts(), at=NOW), Scripted(json.dumps(answer)), at=NOW, wording=Wording.CHECKED
    )  # fmt: skip
    assert isinstance(result, Sharpened)
    drafts = [one.ranked.candidate.draft or "" for one in result.actions]
    assert [draft.count(GOOD_DRAFT) for draft in drafts] == [1, 0, 0]


SCAFFOLDING = (
    "Complete criterion, urgency critical, due 2026-11-28, about 10 minutes", "…", "...", "[title]", "title", "null",
    "Present the validation report. Present the validation report.", "a2, do activity", "{{ title }}",
)  # fmt: skip


@pytest.mark.parametrize("scrap", SCAFFOLDING)
async def test_scraps_of_the_prompt_and_placeholders_are_never_shown(scrap: str) -> None:
    one = await shown(title=scrap, rationale=scrap, draft=scrap)
    by_rules = next(c.candidate for c in recommend(facts(), at=NOW).actions if c.candidate.key == one.key)
    assert (one.title, one.message) == (by_rules.title, by_rules.message)


SWAPPED = ["Check the installed base", "Move the deal on", "Find out who else is asked", "Close the deal as lost"]


@pytest.mark.parametrize("title", SWAPPED)
async def test_a_title_that_is_nearer_to_another_action_is_refused(title: str) -> None:
    assert (await shown(title=title)).title == "Present the validation report"


async def test_words_are_dropped_when_what_they_rest_on_is_no_more_so() -> None:
    result, _ = await said(title=GOOD_TITLE, rationale="The deal has been in Technical validation for 12 days.")
    chosen = result.actions[0]
    assert chosen.ranked.candidate.rationale.endswith("for 12 days.")
    later = NOW + timedelta(days=3)
    by_rules = next(
        c.candidate for c in recommend(facts(), at=later).actions if c.candidate.key == chosen.ranked.candidate.key
    )
    then = composed(by_rules, chosen.composition, facts(), later)
    assert then.title == by_rules.title
    assert "12 days" not in then.rationale
    assert "15 days" in then.rationale


async def test_a_language_without_a_lexicon_has_composed_messages() -> None:
    assert lexicon("nl") is None
    there = facts()
    criteria = tuple(replace(one, customer_wording="Kunt u dit bevestigen?") for one in there.criteria)
    assert recommend(replace(there, criteria=criteria, playbook_language="nl"), at=NOW).actions


@settings(max_examples=200)
@given(st.text(max_size=200), st.sampled_from(["title", "rationale", "draft"]))
async def test_no_text_of_any_sort_breaks_it(text: str, where: str) -> None:
    result, _ = await said(all_carried, Wording.CHECKED, **{where: text})
    one = result.actions[0].ranked.candidate
    assert one.title
    assert one.message is not None


@pytest.mark.parametrize("language", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_the_lexicons_are_sound(language: str) -> None:
    words = lexicon(language)
    assert words is not None
    assert words.language == language in shipped()
    dear = words.negations | words.reserved | words.asserting
    assert not words.general & dear
    assert not words.function & (words.reserved | words.asserting)
