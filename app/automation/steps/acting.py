"""The frame of all kinds of steps: who acts, on what, and how texts and people in their settings are read."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.automation.language import Facts, Unsaid, template_of
from app.automation.people import NAMES, ONE, is_known, people
from app.database import Transaction
from app.identity.viewer import Viewer
from app.outcomes import Refused
from expressions.templates import TemplateProblem


@dataclass(frozen=True, slots=True)
class Acting:
    """A step whose time has come. `viewer`: as whom it is done. `effect_key`: of the step in this run, for good.
    `depth`: how many automations have led to it, this one included. `zone`: whose days it goes by."""

    viewer: Viewer
    facts: Facts
    at: datetime
    zone: tzinfo
    effect_key: str
    label: str
    begun_at: datetime
    opportunity_id: UUID | None = None
    registration_id: UUID | None = None
    actor_id: UUID | None = None
    event_seq: int | None = None
    depth: int = 1

    @property
    def deal_id(self) -> UUID:
        """Raises `StepFailed`."""
        if self.opportunity_id is None:
            raise StepFailed("There is no deal that this could be done in.")
        return self.opportunity_id

    def told(self, written: str, most: int) -> str:
        """Raises `StepFailed`."""
        try:
            said = self.facts.told(written, most)
        except Unsaid as unsaid:
            raise StepFailed(f"The text can't be written: {unsaid}") from None
        if not said:
            raise StepFailed("The text says nothing for this deal.")
        return said

    async def people(self, tx: Transaction, who: str | Sequence[str]) -> list[UUID]:
        return await people(
            tx,
            who,
            opportunity_id=self.opportunity_id,
            registration_id=self.registration_id,
            actor_id=self.actor_id,
        )


class StepFailed(Exception):
    """Why a step can't be done, for those who read runs: in keys and fields, without what people wrote."""


def called(name: str, facts: Facts) -> str | None:
    """Who it is, as far as facts tell; None: nobody."""
    if name == "OWNER":
        owner = facts.values["owner"]
        return None if owner is None else f"OWNER ({owner['name']})"
    if name in ("CHANNEL_MANAGER", "PARTNER_MANAGERS") and facts.values["partner"] is None:
        return None
    return name


def done(outcome: object) -> None:
    """Raises `StepFailed` for a refusal."""
    if isinstance(outcome, Refused):
        said = " ".join(dict.fromkeys(error.message for error in outcome.errors))
        raise StepFailed(f"{outcome.errors[0].code}: {said}"[:1_000])


class StepModel(BaseModel):
    """Settings of a step. Nothing else than its fields is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @abstractmethod
    async def perform(self, tx: Transaction, acting: Acting) -> str:
        """What came of it, in ids and keys. Raises `StepFailed`, and then nothing was changed."""

    @abstractmethod
    def foretell(self, facts: Facts) -> str:
        """What it would do, in a sentence, as far as that shows without doing it. Raises `Unsaid`."""


def _template(text: str) -> str:
    if "\0" in text:
        raise ValueError("Text can't hold the character NUL.")
    try:
        template_of(text)
    except TemplateProblem as problem:
        raise ValueError(str(problem)) from None
    return text


def _person(name: str) -> str:
    if not is_known(name):
        raise ValueError(f"Name a user by their id, or one of {', '.join(NAMES)}.")
    return name


def _one(name: str) -> str:
    if (name not in ONE and not is_known(name)) or name in set(NAMES) - set(ONE):
        raise ValueError(f"Name one user by their id, or one of {', '.join(ONE)}.")
    return name


Told = Annotated[str, AfterValidator(_template)]
"""A template."""
Somebody = Annotated[str, AfterValidator(_one)]
Everybody = Annotated[list[Annotated[str, AfterValidator(_person)]], Field(min_length=1, max_length=20)]
