"""Let a language model choose and order among the rules' candidates and point at their reasons, and take its answer
only if it points at what it was given.

Nothing here raises for what a model or its server does: the answer is `Sharpened`, or `NotSharpened` with a reason,
and then the rules' answer stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from guidance.briefing import Briefing, brief
from guidance.budget import EVERYONE, Budget, Sum
from guidance.checked import LOOK_NAME, Key, Wordings, kept_by, look_schema
from guidance.composition import Composition, Said, composed
from guidance.facts import Facts, Reading, Written
from guidance.grounding import Answer, Fault, check_answer, composition_of, read_answer, readings_of
from guidance.grounding.answers import SCHEMA_NAME, schema_of
from guidance.prompts import Prompt, first_prompt, look_prompt, repair_prompt
from guidance.ranking import NOTHING_LEARNED, Learning, Ranked
from guidance.recommend import Recommended, recommend
from guidance.rules.custom import CustomRule
from guidance.wording import Wording
from guidance.writer import Call, NotWritten, Order, Writer

MOST_CANDIDATES = 8
"""The best of the rules' answer, among which the model chooses."""
MOST_OUTPUT_TOKENS = 2_500
LONGEST_REPEATED = 6_000
"""Characters of a refused answer that go back with what is wrong with it."""
MOST_COMPLAINTS = 12


class Reason(StrEnum):
    """Why the rules' answer stands."""

    NOTHING_TO_DO = "NOTHING_TO_DO"
    BUDGET_USED_UP = "BUDGET_USED_UP"
    BUDGET_OF_ALL_USED_UP = "BUDGET_OF_ALL_USED_UP"
    """By others too, not by this partner alone."""
    UNAVAILABLE = "UNAVAILABLE"
    UNGROUNDED = "UNGROUNDED"


@dataclass(frozen=True, slots=True)
class Chosen:
    """An action as it is shown, and what it was composed of. The scores of the chosen are dealt out in their order."""

    ranked: Ranked
    composition: Composition


@dataclass(frozen=True, slots=True)
class Sharpened:
    """`heard`: what the model's readings bring up, by the rules. `actions`: those it chose, in its order; key, kind,
    title and urgency are the rules'. `rest`: what it left out, as the rules have it. `readings` take the place of any
    before. `changed`: False where all of it is as the rules had it. `prompt_hash`: SHA-256 of the messages answered."""

    heard: tuple[Ranked, ...]
    actions: tuple[Chosen, ...]
    rest: tuple[Ranked, ...]
    readings: tuple[Reading, ...]
    changed: bool
    model: str
    prompt_version: str
    prompt_hash: str
    calls: tuple[Call, ...]

    @property
    def shown(self) -> tuple[Ranked, ...]:
        """All of them, best first."""
        return (*self.heard, *(chosen.ranked for chosen in self.actions), *self.rest)


@dataclass(frozen=True, slots=True)
class NotSharpened:
    """`detail` is for the log; it quotes nothing that the model wrote. `retry_after`: seconds after which asking again
    may help; None where it won't. `faults`: what was wrong with the last answer, by code, each once."""

    reason: Reason
    detail: str
    prompt_version: str
    prompt_hash: str | None = None
    calls: tuple[Call, ...] = ()
    retry_after: float | None = None
    faults: tuple[str, ...] = ()


async def sharpen(
    recommended: Recommended,
    writer: Writer,
    *,
    at: datetime,
    prompt_version: str = "v3",
    budget: Budget | None = None,
    partner_id: str | None = None,
    texts: Sequence[Written] | None = None,
    competitors: Sequence[str] = (),
    learned: Learning = NOTHING_LEARNED,
    custom_rules: Sequence[CustomRule] = (),
    wording: Wording = Wording.COMPOSED,
    max_output_tokens: int = MOST_OUTPUT_TOKENS,
) -> Sharpened | NotSharpened:
    """`texts`: what people wrote, with authors, as far as all who read the advice may read it. `competitors`: names
    that may be read out of them. `partner_id` is whose budget is charged besides everyone's. `learned` and
    `custom_rules` as for `recommend`. `wording`: whose words are shown. Raises `UnknownPrompt`, if there is no such
    version."""
    chosen = recommended.actions[:MOST_CANDIDATES]
    if not chosen or not recommended.facts.is_open:
        return NotSharpened(Reason.NOTHING_TO_DO, "there is nothing to choose from", prompt_version)
    free = wording is Wording.CHECKED
    briefing = brief(recommended.facts, chosen, at, texts=texts, competitors=competitors, free_wording=free)
    prompt = first_prompt(prompt_version, briefing)
    talk = _Conversation(writer, budget, partner_id, at, schema_of(briefing, free_wording=free), max_output_tokens)
    answer = await talk.ask(prompt)
    if isinstance(answer, NotSharpened):
        return answer
    read = _grounded(answer, briefing)
    if not isinstance(read, Answer):
        complaints = [str(fault) for fault in read[:MOST_COMPLAINTS]]
        prompt = repair_prompt(prompt, answer[:LONGEST_REPEATED], complaints)
        answer = await talk.ask(prompt)
        if isinstance(answer, NotSharpened):
            return answer
        read = _grounded(answer, briefing)
    if not isinstance(read, Answer):
        codes = tuple(dict.fromkeys(fault.code.value for fault in read))
        detail = f"the answer was refused twice: {', '.join(codes)}"
        return NotSharpened(
            Reason.UNGROUNDED, detail, prompt.version, prompt.hash, tuple(talk.calls), faults=codes
        )  # fmt: skip
    readings = readings_of(read, briefing)
    facts = replace(recommended.facts, readings=readings)
    again = recommend(facts, learned=learned, custom_rules=custom_rules, at=at) if readings else recommended
    said = await _said(read, briefing, recommended.facts, talk, prompt.version) if free else {}
    told = _told(read, briefing, again, at, said)
    return Sharpened(
        *told,
        readings=readings,
        changed=_is_changed(told, recommended),
        model=writer.model,
        prompt_version=prompt.version,
        prompt_hash=prompt.hash,
        calls=tuple(talk.calls),
    )


Told = tuple[tuple[Ranked, ...], tuple[Chosen, ...], tuple[Ranked, ...]]


async def _said(
    answer: Answer, briefing: Briefing, facts: Facts, talk: "_Conversation", version: str
) -> Mapping[str, Said]:
    """What may be shown of the model's own words, by candidate: nothing without a second look at them."""
    wordings = Wordings(facts, briefing, answer.actions)
    sentences = wordings.sentences
    if not sentences:
        return {}
    carriers = {id: text for one in sentences for id, text in one.carriers.items()}
    prompt = look_prompt(version, carriers, [(one.text, one.carriers) for one in sentences])
    look = await talk.ask(prompt, LOOK_NAME, look_schema(sentences))
    kept = frozenset[Key]() if isinstance(look, NotSharpened) else kept_by(look, sentences)
    said = {chosen.id: wordings.said(chosen, kept) for chosen in answer.actions}
    return {id: one for id, one in said.items() if one is not None}


def _told(answer: Answer, briefing: Briefing, again: Recommended, at: datetime, said: Mapping[str, Said]) -> Told:
    """What is heard, chosen and left, among the rules' candidates as they are with what was read."""
    there = {ranked.candidate.key: ranked for ranked in again.actions}
    picked = [
        (
            briefing.offers[one.id].ranked.candidate.key,
            replace(composition_of(one, briefing), said=said.get(one.id)),
        )
        for one in answer.actions
    ]
    picked = [(key, composition) for key, composition in picked if key in there]
    scores = sorted((there[key].score for key, _ in picked), reverse=True)
    actions = tuple(
        Chosen(
            replace(there[key], candidate=composed(there[key].candidate, composition, again.facts, at), score=score),
            composition,
        )
        for (key, composition), score in zip(picked, scores, strict=True)
    )
    offered, taken = {offer.ranked.candidate.key for offer in briefing.offers.values()}, {key for key, _ in picked}
    heard = tuple(one for key, one in there.items() if one.candidate.reading and key not in offered)
    left = taken | {one.candidate.key for one in heard}
    return heard, actions, tuple(one for key, one in there.items() if key not in left)


def _is_changed(told: Told, before: Recommended) -> bool:
    """Whether anybody would see a difference to the rules' own answer."""
    heard, actions, rest = told
    shown = [one.candidate for one in (*heard, *(chosen.ranked for chosen in actions), *rest)]
    by_rules = [one.candidate for one in before.actions]
    return shown != by_rules


@dataclass
class _Conversation:
    writer: Writer
    budget: Budget | None
    partner_id: str | None
    at: datetime
    schema: dict[str, Any]
    max_output_tokens: int
    calls: list[Call] = field(default_factory=list)

    async def ask(
        self, prompt: Prompt, schema_name: str = SCHEMA_NAME, schema: dict[str, Any] | None = None
    ) -> str | NotSharpened:
        """The text, paid for; or why there is none."""
        order = Order(tuple(prompt.messages), schema_name, schema or self.schema, self.max_output_tokens)
        accounts = self.budget.accounts(self.partner_id, self.at) if self.budget else ()
        estimate = self.budget.estimate(order) if self.budget else Sum()
        if self.budget and (over := await self.budget.ledger.reserve(accounts, estimate)):
            others = over.owner == EVERYONE and self.partner_id is not None
            reason = Reason.BUDGET_OF_ALL_USED_UP if others else Reason.BUDGET_USED_UP
            return self._without(prompt, reason, "the day’s budget is used up")
        result = await self.writer.write(order)  # cancelled here, the estimate stays booked: it may have been spent
        if result.call:
            self.calls.append(result.call)
        if self.budget:
            spent = self.budget.spent(result.call.usage) if result.call else Sum()
            await self.budget.ledger.settle(accounts, estimate, spent)
        if isinstance(result, NotWritten):
            detail = f"{result.fault}: {result.detail}"
            return self._without(prompt, Reason.UNAVAILABLE, detail, result.retry_after)
        return result.text

    def _without(self, prompt: Prompt, reason: Reason, detail: str, retry_after: float | None = None) -> NotSharpened:
        return NotSharpened(reason, detail, prompt.version, prompt.hash, tuple(self.calls), retry_after)


def _grounded(text: str, briefing: Briefing) -> Answer | tuple[Fault, ...]:
    answer = read_answer(text)
    return answer if not isinstance(answer, Answer) else check_answer(answer, briefing) or answer
