"""Let a language model choose, order and word among the rules' candidates, and take its answer only if it is grounded.

Nothing here raises for what a model or its server does: the answer is `Sharpened`, or `NotSharpened` with a reason,
and then the rules' answer stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from guidance.briefing import Briefing, brief
from guidance.budget import EVERYONE, Budget, Sum
from guidance.grounding import Answer, Fault, Sources, check_answer, read_answer, sources_of
from guidance.grounding.answers import SCHEMA_NAME, schema_of
from guidance.prompts import Prompt, first_prompt, repair_prompt
from guidance.ranking import Ranked
from guidance.recommend import Recommended
from guidance.writer import Call, Message, NotWritten, Order, Writer

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
class Sharpened:
    """`actions`: those the model chose, in its order and words; their candidates keep key, kind, evidence, urgency and
    due date, and the scores of the chosen are dealt out in the new order. `rest`: what it left out, as the rules had
    it. `prompt_hash`: SHA-256 of the messages that were answered."""

    actions: tuple[Ranked, ...]
    rest: tuple[Ranked, ...]
    model: str
    prompt_version: str
    prompt_hash: str
    calls: tuple[Call, ...]


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
    prompt_version: str = "v2",
    budget: Budget | None = None,
    partner_id: str | None = None,
    strangers: Collection[str] = (),
    max_output_tokens: int = MOST_OUTPUT_TOKENS,
) -> Sharpened | NotSharpened:
    """`strangers`: names that no answer may contain, such as those of all other partners. `partner_id` is whose budget
    is charged besides everyone's. Raises `UnknownPrompt` for a version that doesn't exist."""
    chosen = recommended.actions[:MOST_CANDIDATES]
    if not chosen or not recommended.facts.is_open:
        return NotSharpened(Reason.NOTHING_TO_DO, "there is nothing to choose from", prompt_version)
    briefing = brief(recommended.facts, chosen, at)
    prompt = first_prompt(prompt_version, briefing)
    talk = _Conversation(writer, budget, partner_id, at, briefing, max_output_tokens)
    answer = await talk.ask(prompt)
    if isinstance(answer, NotSharpened):
        return answer
    sources = sources_of(recommended.facts, briefing)
    read = _grounded(answer, sources, strangers)
    if not isinstance(read, Answer):
        complaints = [str(fault) for fault in read[:MOST_COMPLAINTS]]
        prompt = repair_prompt(prompt, answer[:LONGEST_REPEATED], complaints)
        answer = await talk.ask(prompt)
        if isinstance(answer, NotSharpened):
            return answer
        read = _grounded(answer, sources, strangers)
    if not isinstance(read, Answer):
        codes = tuple(dict.fromkeys(fault.code.value for fault in read))
        detail = f"the answer was refused twice: {', '.join(codes)}"
        return NotSharpened(
            Reason.UNGROUNDED, detail, prompt.version, prompt.hash, tuple(talk.calls), faults=codes
        )  # fmt: skip
    actions = _applied(read, briefing)
    left = {ranked.candidate.key for ranked in actions}
    rest = tuple(ranked for ranked in recommended.actions if ranked.candidate.key not in left)
    return Sharpened(actions, rest, writer.model, prompt.version, prompt.hash, tuple(talk.calls))


@dataclass
class _Conversation:
    writer: Writer
    budget: Budget | None
    partner_id: str | None
    at: datetime
    briefing: Briefing
    max_output_tokens: int
    calls: list[Call] = field(default_factory=list)

    async def ask(self, prompt: Prompt) -> str | NotSharpened:
        """The text, paid for; or why there is none."""
        order = self._order(prompt.messages)
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

    def _order(self, messages: Sequence[Message]) -> Order:
        return Order(tuple(messages), SCHEMA_NAME, schema_of(self.briefing), self.max_output_tokens)

    def _without(self, prompt: Prompt, reason: Reason, detail: str, retry_after: float | None = None) -> NotSharpened:
        return NotSharpened(reason, detail, prompt.version, prompt.hash, tuple(self.calls), retry_after)


def _grounded(text: str, sources: Sources, strangers: Collection[str]) -> Answer | tuple[Fault, ...]:
    answer = read_answer(text)
    return answer if not isinstance(answer, Answer) else check_answer(answer, sources, strangers) or answer


def _applied(answer: Answer, briefing: Briefing) -> tuple[Ranked, ...]:
    scores = sorted((briefing.candidates[worded.id].score for worded in answer.actions), reverse=True)
    return tuple(
        Ranked(
            briefing.candidates[worded.id].candidate.worded(
                " ".join(worded.title.split()),
                " ".join(worded.rationale.split()),
                (worded.draft or "").strip() or None,
                tuple(briefing.contents[cited].id for cited in worded.contents),
            ),
            score,
        )
        for worded, score in zip(answer.actions, scores, strict=True)
    )
