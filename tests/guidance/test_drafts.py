"""Messages: for whom each is, and what none of them says. All eight starters, each stage, criterion and activity."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.playbooks.templates import SHIPPED
from guidance import drafts
from guidance.actions import Draft
from guidance.customer_wording import customer_wording_faults
from guidance.evaluation.cases import Case, DealText
from guidance.evaluation.playbooks import ActivityText, CriterionText, PlaybookText, StageText, read_as
from guidance.evaluation.scenario import facts_of
from guidance.facts import Account, Activity, Content, Criterion, Facts, Reader, StageKind
from guidance.phrasebook import phrasebook, shipped
from guidance.recommend import recommend
from tests.guidance.builders import NOW, PROPOSAL, SHARING, SIGNED_OFF, facts

TEMPLATES = sorted(SHIPPED.glob("*.yaml"))
STAGES = [
    pytest.param(path, stage.key, id=f"{path.stem}/{stage.key}")
    for path in TEMPLATES
    for stage in read_as(PlaybookText, path).stages
    if stage.kind is StageKind.OPEN
]
BRACKETS = re.compile(r"\[[^\[\]]+\]")


LATE = DealText(days_in_stage=40, quiet=30, close_in=5, amount=400_000)
"""Quiet, late and large, so that as many rules as can speak."""


def on(path: Path, stage: str) -> Facts:
    playbook = read_as(PlaybookText, path)
    there = facts_of(Case(name=stage, stage=stage, deal=LATE, must=()), playbook, NOW)
    return replace(there, deal=replace(there.deal, owner="Mara Winter"))


def drafts_of(there: Facts) -> Iterator[Draft]:
    """Of all advice, and of each criterion and activity whether it is advised now or not."""
    for ranked in recommend(there, at=NOW).actions:
        if ranked.candidate.message:
            yield ranked.candidate.message
    for criterion in there.criteria:
        if found := drafts.confirmation(there, criterion, there.stage):
            yield found
    for criterion in there.next_entry:
        assert there.next_stage is not None
        if found := drafts.confirmation(there, criterion, there.next_stage):
            yield found
    for activity in there.activities:
        if found := drafts.invitation(there, activity):
            yield found


def parts_of(stage: StageText) -> list[CriterionText | ActivityText]:
    return [*stage.entry_criteria, *stage.exit_criteria, *stage.activities]


def asked_in(there: Facts) -> list[Criterion | Activity]:
    return [*there.criteria, *there.next_entry, *there.activities]


def sentences(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"(?<=[.!?:])\s+|\n+", text) if one.strip()]


@pytest.mark.parametrize(("path", "stage"), STAGES)
@pytest.mark.parametrize("language", sorted(shipped()))
def test_nothing_that_a_customer_gets_is_inward(path: Path, stage: str, language: str) -> None:
    there = replace(on(path, stage), language=language)
    playbook = read_as(PlaybookText, path)
    names = [one.name for one in playbook.stages]
    keys = [key for each in playbook.stages for key in (each.key, *(one.key for one in parts_of(each)))]
    for draft in drafts_of(there):
        said = sentences(draft.text)
        assert len(said) == len(set(said)), "it repeats itself"
        assert not re.search(r"[{}]", draft.text)
        if draft.reader is Reader.CUSTOMER:
            assert customer_wording_faults(draft.text, draft.language, names, keys) == []
            descriptions = [one.description for one in asked_in(there)]
            assert not any(one and one in draft.text for one in descriptions)


@pytest.mark.parametrize(("path", "stage"), STAGES)
def test_a_message_to_a_customer_is_made_of_given_blocks(path: Path, stage: str) -> None:
    """Nothing is left of it when these are taken away."""
    there = on(path, stage)
    book = phrasebook("en")
    assert book is not None
    assert there.partner is not None
    blocks = {text for _, each in book.customer for _, text in each if isinstance(text, str)}
    wordings = {one.customer_wording for one in asked_in(there)}
    titles = {f"I have attached {filled} for you." for filled in (f"“{one.title}”" for one in there.contents)}
    names = {book.greeting, f"Best regards\n{there.deal.owner}\n{there.partner.name}"}
    for draft in drafts_of(there):
        if draft.reader is Reader.CUSTOMER:
            subject, *parts = draft.text.split("\n\n")
            assert subject.removeprefix(f"Subject: {there.deal.name}: ") in blocks
            assert set(parts) <= {" ".join(text.split()) for text in blocks if text} | wordings | titles | names


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_what_asks_a_customer_has_words_and_nothing_else_does(path: Path) -> None:
    playbook = read_as(PlaybookText, path)
    names = [stage.name for stage in playbook.stages]
    for stage in playbook.stages:
        for one in parts_of(stage):
            assert (one.reader is Reader.CUSTOMER) is (one.customer_wording is not None), one.key
            faults = customer_wording_faults(one.customer_wording or "", playbook.language, names, (one.key, stage.key))
            assert faults == [], one.key
    readers = {one.reader for stage in playbook.stages for one in parts_of(stage)}
    assert readers == set(Reader)


class TestCriteria:
    def test_without_words_a_customer_is_asked_nothing(self) -> None:
        assert drafts.confirmation(facts(), replace(SIGNED_OFF, customer_wording=None), PROPOSAL) is None
        assert drafts.confirmation(facts(), replace(SIGNED_OFF, customer_wording="  "), PROPOSAL) is None

    @pytest.mark.parametrize(
        "wording",
        [
            "Has the customer signed off the test results?",
            "Can your Channel Manager confirm it?",
            "Would a discount of 10% help?",
            "Could you sign by 30.09.2026?",
            "We are in “Technical validation” now; is that right?",
            "Is signed-off met?",
            "Can we move on to Proposal?",
        ],
    )
    def test_words_that_are_not_for_customers_are_not_used(self, wording: str) -> None:
        there = facts()
        assert drafts.confirmation(there, replace(SIGNED_OFF, customer_wording=wording), there.stage) is None

    def test_words_for_a_customer_are_not_said_to_others(self) -> None:
        vendor = drafts.confirmation(facts(), replace(SIGNED_OFF, reader=Reader.VENDOR), PROPOSAL)
        assert vendor is not None
        assert vendor.reader is Reader.VENDOR
        assert "Could you sign off" not in vendor.text
        assert f"“{SIGNED_OFF.description}”" in vendor.text

    def test_what_the_fields_decide_takes_nobodys_word_but_a_customers(self) -> None:
        by_field = replace(SIGNED_OFF, expression="deal.amount != null")
        assert drafts.confirmation(facts(), by_field, PROPOSAL) is not None
        for reader in (Reader.PARTNER, Reader.VENDOR):
            assert drafts.confirmation(facts(), replace(by_field, reader=reader), PROPOSAL) is None

    def test_where_the_vendor_sells_itself_a_colleague_is_asked(self) -> None:
        found = drafts.confirmation(facts(partner=None), replace(SIGNED_OFF, reader=Reader.VENDOR), PROPOSAL)
        assert found is not None
        assert found.reader is Reader.PARTNER

    def test_a_playbook_in_a_language_without_a_phrasebook_says_nothing_to_customers(self) -> None:
        assert drafts.confirmation(facts(playbook_language="nl"), SIGNED_OFF, PROPOSAL) is None


class TestLanguages:
    def test_the_playbooks_words_come_in_its_language(self) -> None:
        german = replace(SIGNED_OFF, customer_wording="Können Sie uns die Testergebnisse abzeichnen?")
        found = drafts.confirmation(facts(playbook_language="de-AT", language="fr"), german, PROPOSAL)
        assert found is not None
        assert (found.language, found.text.split("\n\n")[1]) == ("de", "Guten Tag [Name],")

    @pytest.mark.parametrize(
        ("seller", "playbook", "is_in"),
        [("fr", "de", "fr"), ("nl", "es", "es"), ("nl", "nl", "en"), ("de-CH", "en", "de")],
    )
    def test_the_rest_comes_in_the_sellers(self, seller: str, playbook: str, is_in: str) -> None:
        assert drafts.re_engagement(facts(language=seller, playbook_language=playbook)).language == is_in


class TestContents:
    def test_only_what_is_for_customers_is_shared(self) -> None:
        assert drafts.sharing(facts(), SHARING) is not None
        for reader in (Reader.PARTNER, Reader.VENDOR):
            assert drafts.sharing(facts(), replace(SHARING, reader=reader)) is None

    @pytest.mark.parametrize("title", ["Message to the customer", "Holding the price in “Technical validation”"])
    def test_a_title_that_is_not_for_customers_isnt_either(self, title: str) -> None:
        assert drafts.sharing(facts(), replace(SHARING, title=title)) is None

    def test_the_summary_stays(self) -> None:
        found = drafts.sharing(
            facts(), Content("c", "c", "A page", "DECK", "For gold partners.", reader=Reader.CUSTOMER)
        )
        assert found is not None
        assert "gold" not in found.text


class TestNames:
    @pytest.mark.parametrize(
        ("deal", "subject"),
        [
            ("Northwind: warehouse refresh", "Subject: warehouse refresh: where do you stand?"),
            ("warehouse refresh (Northwind)", "Subject: warehouse refresh: where do you stand?"),
            ("Northwind", "Subject: Northwind: where do you stand?"),
            ("Renewal, 20% discount promised", "Subject: Where do you stand?"),
            ("HOT", "Subject: Where do you stand?"),
            ("Renewal 120k", "Subject: Where do you stand?"),
            ("Renewal via channel manager", "Subject: Where do you stand?"),
            ("see evil.example/now", "Subject: Where do you stand?"),
            ("{seller} [Name]", "Subject: Where do you stand?"),
        ],
    )
    def test_a_deals_name_is_used_where_it_is_plain(self, deal: str, subject: str) -> None:
        there = facts(deal={"name": deal, "account": Account("Northwind")})
        assert drafts.re_engagement(there).text.split("\n")[0] == subject

    def test_who_isnt_known_is_left_to_fill_in(self) -> None:
        text = drafts.re_engagement(facts(deal={"owner": None}, partner=None)).text
        assert text.endswith("Best regards\n[Your name]")
        assert BRACKETS.findall(text) == ["[Name]", "[Day]", "[Your name]"]

    def test_slots_in_a_name_are_not_filled(self) -> None:
        text = drafts.call_for_help(facts(deal={"name": "{account} {seller}"}), ["large"], NOW).text
        assert "“{account} {seller}”" in text
