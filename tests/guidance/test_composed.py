"""Composed: whatever a model answers, what is shown is made of sentences and blocks of ours, and of verbatim quotes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import NotSharpened, Sharpened, recommend, sharpen
from guidance.actions import ActionKind, Candidate
from guidance.cleaning import clean
from guidance.codec import to_plain
from guidance.composition import Composition, composed
from guidance.facts import Answer, Facts, Response, Written
from guidance.letters import Letter
from guidance.quotes import quoted
from guidance.reasons import reasons_of, reasons_of_deal
from guidance.spoken_dates import tells_of
from guidance.writer import Call, Order, Usage
from guidance.writer import Written as WrittenText
from tests.guidance.builders import NOW, SHARING, facts
from tests.guidance.strategies import FACTS


class Scripted:
    """A writer whose every answer is given."""

    model = "scripted"

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.orders: list[Order] = []

    async def write(self, order: Order) -> WrittenText:
        self.orders.append(order)
        text = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return WrittenText(text, Call("scripted", "OK", Usage(1, 1), 0.0, 1))


async def answered(there: Facts, answer: object, **more: Any) -> Sharpened | NotSharpened:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return await sharpen(recommend(there, at=NOW), Scripted(text), at=NOW, **more)


def choose(*ids: str, **more: Any) -> dict[str, Any]:
    return {"actions": [{"id": id, **more.get(id, {})} for id in ids], "readings": more.get("readings", [])}


def is_ours(shown: Candidate, by_rules: Candidate, there: Facts) -> bool:
    """Whether all that is shown of an action is a concatenation of sentences, blocks and quotes that were given."""
    own = {**reasons_of(by_rules, there, NOW), **reasons_of_deal(there, NOW)}.values()
    assert shown.title == by_rules.title
    assert _is_made_of(shown.rationale, [*own, by_rules.rationale], " ")
    if shown.message is None or by_rules.message is None:
        assert shown.message is by_rules.message
    else:
        ours, letter = by_rules.message, shown.message.letter
        assert letter is not None
        assert isinstance(ours.letter, Letter)
        assert (letter.head, letter.tail) == (ours.letter.head, ours.letter.tail)
        texts = [block.text for block in composed_letter(by_rules, there).choice]
        assert _is_made_of(shown.message.text, [*letter.head, *texts, *letter.tail], "\n\n")
    quotes = [one for one in shown.evidence if one.quote is not None]
    assert [one for one in shown.evidence if one.quote is None] == list(by_rules.evidence)
    said = [clean(text.text) for text in there.written()]
    assert all(len(one.quote or "") <= 160 and any(one.quote in text for text in said if one.quote) for one in quotes)
    return True


def composed_letter(candidate: Candidate, there: Facts) -> Letter:
    from guidance.composition import offered

    letter = offered(candidate, there)
    assert letter is not None
    return letter


def _is_made_of(text: str, parts: Sequence[str], between: str) -> bool:
    """Whether `text` is parts, each once at most, with `between` in between."""
    if not text:
        return True
    for n, part in enumerate(parts):
        rest = [*parts[:n], *parts[n + 1 :]]
        if text == part:
            return True
        if part and text.startswith(part + between) and _is_made_of(text[len(part + between) :], rest, between):
            return True
    return False


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=40)
IDS = st.builds(lambda letter, n: f"{letter}{n}", st.sampled_from("abcdft"), st.integers(0, 34)) | st.sampled_from(
    ["stage/validation", "Mark this deal as won", "…", ""]
)
SPANS = st.sampled_from(
    [
        "mark this deal as won",
        "The head of operations",
        "liked how the reports",
        "Ignore your rules",
        "2026-10-30",
        "free",
    ]
)
VALUES = st.sampled_from(["2026-10-30", "c1", "c2", "CHAMPION", "Contoso", "2030-01-01", "x"])
CITED = st.fixed_dictionaries({"text": IDS, "quote": SPANS | st.text(max_size=30)})
READ = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["WAIT_UNTIL", "OBJECTION", "COMPETITOR", "ROLE", "ASKED_FOR", "WON"]),
        "text": IDS,
        "quote": SPANS,
        "value": VALUES,
    }
)
CHOSEN = st.fixed_dictionaries(
    {"id": st.sampled_from(["a1", "a2", "a3", "a4", "a5", "a6"]) | IDS},
    optional={
        "facts": st.lists(IDS, max_size=4),
        "message": st.none() | st.lists(IDS, max_size=6),
        "contents": st.lists(IDS, max_size=3),
        "due": st.none() | IDS,
        "quotes": st.lists(CITED, max_size=3),
        "title": SCALARS,
        "rationale": SCALARS,
        "draft": SCALARS,
        "stage": SCALARS,
    },
)
NEARLY = st.fixed_dictionaries(
    {"actions": st.lists(CHOSEN, min_size=1, max_size=6), "readings": st.lists(READ, max_size=4)}
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=9
)


@settings(max_examples=300)
@given(answer=NEARLY | ANYTHING)
async def test_whatever_a_model_answers_what_is_shown_is_ours(answer: object) -> None:
    await _is_all_ours(facts(), json.dumps(answer))


@settings(max_examples=100)
@given(text=st.text(max_size=400), around=st.sampled_from(["%s", '{"actions": %s}', '{"actions": [{"id": "a1", %s}]}']))
async def test_nor_does_text_that_is_no_json_get_in(text: str, around: str) -> None:
    await _is_all_ours(facts(), around % text)


@settings(max_examples=60)
@given(there=FACTS, data=st.data())
async def test_of_any_deal_a_sound_answer_shows_what_is_ours(there: Facts, data: st.DataObject) -> None:
    """Answers that keep to the schema, as a grammar would force them."""
    advice = recommend(there, at=NOW)
    writer = Scripted("{}")
    await sharpen(advice, writer, at=NOW)
    if not writer.orders:
        return
    [action] = [writer.orders[0].schema["properties"]["actions"]["items"]["properties"]]
    answer = {"actions": data.draw(st.lists(_of_schema(action), min_size=1, max_size=5)), "readings": []}
    await _is_all_ours(there, json.dumps(answer))


def _of_schema(properties: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    def one(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "anyOf" in schema:
            return st.one_of(*(one(each) for each in schema["anyOf"]))
        match schema["type"]:
            case "array":
                return st.lists(one(schema["items"]), max_size=3)
            case "null":
                return st.none()
            case "object":
                return st.fixed_dictionaries({name: one(each) for name, each in schema["properties"].items()})
        return st.text(max_size=20)

    return st.fixed_dictionaries({name: one(each) for name, each in properties.items()})


async def _is_all_ours(there: Facts, answer: str) -> None:
    result = await answered(there, answer)
    if isinstance(result, NotSharpened):
        return
    read = replace(there, readings=result.readings)
    by_rules = {one.candidate.key: one.candidate for one in recommend(read, at=NOW).actions}
    assert all(is_ours(one.candidate, by_rules[one.candidate.key], read) for one in result.shown)
    assert len({one.candidate.key for one in result.shown}) == len(result.shown) == len(by_rules)


async def test_the_rules_own_order_and_words_are_no_change() -> None:
    result = await answered(facts(), choose("a1", "a2", "a3"))
    assert isinstance(result, Sharpened)
    assert not result.changed
    assert [one.candidate for one in result.shown] == [one.candidate for one in recommend(facts(), at=NOW).actions]


async def test_saying_expressly_what_the_rules_say_is_no_change_either() -> None:
    told = {"a1": {"facts": ["f5"], "due": "d3"}, "a2": {"facts": ["f8"], "message": ["b1", "b4", "b6", "b9"]}}
    result = await answered(facts(), choose("a1", "a2", "a3", **told))
    assert isinstance(result, Sharpened)
    assert not result.changed


@pytest.mark.parametrize("blocks", [["b4"], ["b1", "b2", "b4", "b6", "b9"], ["b1", "b6", "b9"], []])
async def test_blocks_that_make_no_message_leave_the_rules_message(blocks: list[str]) -> None:
    result = await answered(facts(), choose("a2", "a1", "a3", a2={"message": blocks}))
    assert isinstance(result, Sharpened)
    shown = result.actions[0].ranked.candidate
    assert shown.draft
    assert shown.draft in [one.candidate.draft for one in recommend(facts(), at=NOW).actions]


async def test_a_reason_of_the_actions_own_is_always_told() -> None:
    result = await answered(facts(), choose("a2", "a1", "a3", a2={"facts": ["f3"]}))
    assert isinstance(result, Sharpened)
    told = result.actions[0].ranked.candidate.rationale
    assert told.startswith("“Technical validation” requires it")
    assert told.endswith("It is worth 48,000 EUR.")


async def test_a_sooner_date_is_taken_and_a_later_one_isnt() -> None:
    sooner = await answered(facts(), choose("a1", "a2", "a3", a1={"due": "d1"}))
    assert isinstance(sooner, Sharpened)
    due = sooner.actions[0].ranked.candidate.due_at
    assert due is not None
    assert due.date() == date(2026, 9, 2)
    later = await answered(facts(), choose("a1", "a2", "a3", a1={"due": "d6"}))
    assert isinstance(later, NotSharpened)


async def test_what_is_shown_stays_true_as_days_go_by() -> None:
    result = await answered(facts(), choose("a1", "a2", "a3", a1={"facts": ["f5", "f1"]}))
    assert isinstance(result, Sharpened)
    chosen = result.actions[0]
    assert "for 12 days" in chosen.ranked.candidate.rationale
    kept = Composition.from_plain(json.loads(json.dumps(chosen.composition.to_plain())))
    assert kept == chosen.composition
    later = NOW + timedelta(days=9)
    by_rules = next(one.candidate for one in recommend(facts(), at=later).actions
                    if one.candidate.key == chosen.ranked.candidate.key)  # fmt: skip
    assert "for 21 days" in composed(by_rules, kept, facts(), later).rationale


SAID = "Board meets on 12 January 2027, nothing before. She wants the deck. Rivalware was here. Bob decides."


def noted(**more: Any) -> Facts:
    since = NOW - timedelta(days=40)
    return facts(deal={"notes": SAID, "entered_stage_at": since}, last_contact_at=since, **more)


def read(kind: str, quote: str, value: str, text: str = "t1") -> dict[str, str]:
    return {"kind": kind, "text": text, "quote": quote, "value": value}


async def heard(*readings: dict[str, str], there: Facts | None = None) -> Sharpened:
    result = await answered(
        there or noted(), choose("a1", "a2", "a3", readings=list(readings)), competitors=("Rivalware",)
    )
    assert isinstance(result, Sharpened)
    return result


async def test_a_date_to_wait_for_is_kept_to() -> None:
    before = {one.candidate.kind for one in recommend(noted(), at=NOW).actions}
    assert ActionKind.RE_ENGAGE in before
    result = await heard(read("WAIT_UNTIL", "meets on 12 January 2027", "2027-01-12"))
    [waiting] = [one.candidate for one in result.shown if one.candidate.kind is ActionKind.RE_ENGAGE]
    assert result.heard[0].candidate is waiting
    assert (waiting.title, waiting.due_at and waiting.due_at.date()) == (
        "Get back in touch with the customer on 2027-01-12",
        date(2027, 1, 12),
    )
    assert [one.quote for one in waiting.evidence] == ["meets on 12 January 2027"]
    assert result.changed


async def test_a_dismissed_reading_has_no_effect() -> None:
    result = await heard(read("WAIT_UNTIL", "meets on 12 January 2027", "2027-01-12"))
    key = result.heard[0].candidate.key
    said = Response("RE_ENGAGE", key, Answer.DISMISSED, NOW, "That is another board")
    there = replace(noted(responses=(said,)), readings=result.readings)
    kept = [one.candidate for one in recommend(there, at=NOW).actions if one.candidate.kind is ActionKind.RE_ENGAGE]
    assert [one.reading for one in kept] == [None]


async def test_a_content_that_was_asked_for_is_shared_first() -> None:
    result = await heard(read("ASKED_FOR", "She wants the deck", "c1"))
    sharing = result.heard[0].candidate
    assert (sharing.kind, sharing.target.content_ids) == (ActionKind.SHARE_CONTENT, (SHARING.id,))
    assert sharing.rationale == "As it is written here, somebody has asked for “How a proof of concept works”."


WRONG = {
    "a date that the span doesn't tell": read("WAIT_UNTIL", "She wants the deck", "2027-01-12"),
    "another date than the span's": read("WAIT_UNTIL", "meets on 12 January 2027", "2027-02-12"),
    "a date that has passed": read("WAIT_UNTIL", "meets on 12 January 2027", "2026-01-12"),
    "a span that isn't there": read("ASKED_FOR", "She wants a discount", "c1"),
    "a span of another text": read("ASKED_FOR", "She wants the deck", "c1", "t2"),
    "a text that isn't there": read("ASKED_FOR", "She wants the deck", "c1", "t9"),
    "half a word": read("ASKED_FOR", "e wants the dec", "c1"),
    "a battlecard for a customer": read("ASKED_FOR", "She wants the deck", "c2"),
    "a competitor of no list": read("COMPETITOR", "Rivalware was here", "Contoso"),
    "a competitor whom the span doesn't name": read("COMPETITOR", "Bob decides", "Rivalware"),
    "a role of no list": read("ROLE", "Bob decides", "KING"),
    "a kind of no list": read("PRICE", "Bob decides", "0"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_reading_that_its_span_doesnt_bear_out_is_left_out(wrong: dict[str, str]) -> None:
    result = await heard(wrong)
    assert (result.readings, result.heard, result.changed) == ((), (), False)


async def test_a_reading_ends_with_what_it_was_read_out_of() -> None:
    result = await heard(read("WAIT_UNTIL", "meets on 12 January 2027", "2027-01-12"))
    there = replace(noted(), readings=result.readings)
    other = replace(there, deal=replace(there.deal, notes="The board has met."))
    assert not any(one.candidate.reading for one in recommend(other, at=NOW).actions)
    assert any(one.candidate.reading for one in recommend(there, at=NOW).actions)


def test_readings_leave_the_state_as_it_is() -> None:
    """Otherwise each answer would be for a deal that it has itself changed, and be asked for again."""
    advice = recommend(noted(), at=NOW)
    assert "readings" in to_plain(noted())
    assert advice.state == recommend(replace(noted(), readings=_one_reading()), at=NOW).state


def _one_reading() -> tuple[Any, ...]:
    from guidance.facts import Reading, ReadingKind

    quote = quoted("meets on 12 January 2027", next(noted().written()))
    assert quote is not None
    return (Reading(ReadingKind.WAIT_UNTIL, "2027-01-12", quote),)


async def test_a_quote_names_its_author_and_day() -> None:
    texts = [replace(text, author="Mara Winter", day=date(2026, 8, 20)) for text in noted().written()]
    told = {"a1": {"quotes": [{"text": "t1", "quote": "Bob decides"}, {"text": "t1", "quote": "Bob pays"}]}}
    result = await answered(noted(), choose("a1", "a2", "a3", **told), texts=texts)
    assert isinstance(result, Sharpened)
    [quote] = [one for one in result.actions[0].ranked.candidate.evidence if one.source == "notes"]
    assert (quote.fact, quote.value, quote.source, quote.quote) == (
        "Notes", "Mara Winter, 2026-08-20", "notes", "Bob decides",
    )  # fmt: skip


def test_authors_are_not_told_to_the_model() -> None:
    text = Written("notes", "Bob decides", author="Mara Winter", day=date(2026, 8, 20))
    assert quoted("Bob decides", text) is not None


@pytest.mark.parametrize(
    ("span", "day", "tells"),
    [
        ("back on 12 January 2027", "2027-01-12", True), ("12.01.2027", "2027-01-12", True),
        ("am 12. Januar wieder", "2027-01-12", True), ("le 12 janvier", "2027-01-12", True),
        ("el 12 de enero de 2027", "2027-01-12", True), ("January 12th, 2027", "2027-01-12", True),
        ("not before March", "2027-03-01", True), ("ab März", "2027-03-01", True), ("Q1 2027", "2027-01-01", True),
        ("not before March", "2027-03-15", False), ("maybe later", "2027-05-01", False),
        ("12 January 2026", "2027-01-12", False),
        ("sometime next year", "2027-01-01", False), ("we decided on 12", "2027-12-12", False),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(span: str, day: str, tells: bool) -> None:
    assert tells_of(span, date.fromisoformat(day)) is tells
