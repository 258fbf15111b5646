"""What a playbook is made of, as input."""

from dataclasses import is_dataclass
from datetime import datetime
from typing import Any

import strawberry

from app.playbooks.availability import Availability
from schema.engine.ids import decode_all
from schema.enums import BuyerPhase, ConfirmedBy, ForecastCategory, PartnerTier, Reader, StageKind
from schema.mutation import client_mutation_id
from schema.playbook.translations import (
    ActivityTranslationInput,
    CriterionTranslationInput,
    PlaybookTranslationInput,
    QuestionTranslationInput,
    StageTranslationInput,
)

WORDING = (
    "What to say to the customer for it: a request or statement in the second person that stands in a message, in the "
    "playbook's language; up to 1,000 characters. Null: no message to the customer is drafted for it."
)
PARTNERS = "Partners that it is for, beside those of `availableToTiers`; both empty: everybody."
TIERS = "Tiers whose partners it is for, beside `availableToPartnerIds`; both empty: everybody."
TRANSLATIONS = (
    "What it says in other languages, at most 30. Left out, they stay, but for those of a text that changes; under a "
    "new key, those of texts that were there word for word. Empty: there are none."
)
CONFIRMED_BY = "Who may confirm it; null: `ANYONE_ON_DEAL`. Nobody confirms what an expression decides."
READER = "`CUSTOMER` if it has a `customerWording`, `VENDOR` if it is `confirmedBy` the vendor alone, else `PARTNER`."
PART = "Leave it out to keep it; given, it replaces the whole."


def said(description: str, default: Any = None) -> Any:
    return strawberry.field(default=default, description=description)


@strawberry.input(description="A criterion.")
class CriterionInput:
    key: str = strawberry.field(description="Short name for programs, unique within its stage; keeps its id.")
    description: str = strawberry.field(description="What must hold.")
    required: bool = said("Whether it keeps a deal from moving.", True)
    expression: str | None = said("A CEL condition over the deal that decides it; null: a person marks it.")
    confirmed_by: ConfirmedBy | None = said(CONFIRMED_BY)
    locks: list[str] | None = said(
        "Fields of the deal that those who couldn't confirm it may not change while it is confirmed: `account`, "
        "`amount`, `expectedCloseDate`, `name`, `nextStep`, `notes`, `owner`, `partner`, `qualification`, `source`. "
        "Null: `account`, `amount` and `source` where only the vendor confirms it, else none."
    )
    reader: Reader | None = said(f"Whose word meets it; null: {READER}")
    customer_wording: str | None = said(WORDING)
    translations: list[CriterionTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A next step that a stage asks for.")
class ActivityInput:
    key: str = strawberry.field(description="Short name for programs, unique within its stage; keeps its id.")
    name: str = strawberry.field(description="What to do.")
    description: str = said("How to do it well.", "")
    required: bool = said("Whether the deal can move on only once it is done.", False)
    effort_minutes: int | None = said("Typical effort in minutes.")
    confirmed_by: ConfirmedBy | None = said(CONFIRMED_BY)
    reader: Reader | None = said(f"Whom it addresses; null: {READER}")
    customer_wording: str | None = said(WORDING)
    translations: list[ActivityTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A qualification question.")
class QuestionInput:
    key: str = strawberry.field(description="Short name for programs, unique within the playbook; keeps its answers.")
    label: str = strawberry.field(description="What it is about.")
    prompt: str = said("The question itself.", "")
    translations: list[QuestionTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A stage.")
class StageInput:
    key: str = strawberry.field(description="Short name for programs, unique within the playbook; keeps its id.")
    name: str = strawberry.field(description="What it is called.")
    definition: str = said("What must be true of a deal in this stage.", "")
    kind: StageKind = said("Whether deals here are open, won or lost.", StageKind.OPEN)
    aliases: list[str] | None = said(
        "Other names by which imports and new versions know it. Left out, a stage of this key keeps those that it has; "
        "`[]` takes them away."
    )
    buyer_phase: BuyerPhase | None = said("Where the buyer stands.")
    win_probability: float = strawberry.field(description="How likely a deal here is won, from 0 to 1.")
    forecast_category: ForecastCategory = strawberry.field(description="How its deals count in a forecast.")
    target_days: int | None = said("How many days a healthy deal stays.")
    auto_advance: bool = said(
        "Whether a deal moves on by itself, with the change that meets the last thing its stage requires and with "
        "no other.",
        False,
    )
    entry_criteria: list[CriterionInput] | None = said("What must hold to enter it, in order.")
    exit_criteria: list[CriterionInput] | None = said("What must hold to leave it, in order.")
    activities: list[ActivityInput] | None = said("The next steps it asks for, in order.")
    contents: list[str] | None = said("Keys of the content that helps here, best first; all translations of each.")
    translations: list[StageTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A new draft: from a starter, as a copy, or from nothing (then with key and name).")
class CreatePlaybookInput:
    template_key: str | None = said("Key of a starter; see `playbookTemplates`.")
    copy_of: strawberry.ID | None = said("A playbook to copy; under its own key, the copy is the next version.")
    key: str | None = said("The new playbook's key, if not the source's.")
    name: str | None = said("What to call it, if not as the source.")
    industry: str | None = said("The industry it is made for, if not the source's.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="What to change of a draft.")
class UpdatePlaybookInput:
    playbook_id: strawberry.ID = strawberry.field(description="The draft.")
    expected_updated_at: datetime | None = said(
        "Its `updatedAt` when you read it: refused with `CONFLICT` if somebody changed it since."
    )
    name: str | None = said(f"What it is called. {PART}")
    industry: str | None = said(f"The industry it is made for. {PART}", strawberry.UNSET)
    description: str | None = said(f"What it is for. {PART}")
    language: str | None = said(f"The language it is written in, as a BCP 47 tag: `en`. {PART}")
    qualification_framework: str | None = said(f"The framework of its questions. {PART}", strawberry.UNSET)
    review_due_at: datetime | None = said(f"When it should be reviewed next. {PART}", strawberry.UNSET)
    questions: list[QuestionInput] | None = said(f"Its qualification questions, in order. {PART}")
    stages: list[StageInput] | None = said(f"Its stages, in order, closed ones last. {PART}")
    available_to_partner_ids: list[strawberry.ID] | None = said(f"{PARTNERS} It holds from publishing on. {PART}")
    available_to_tiers: list[PartnerTier] | None = said(f"{TIERS} It holds from publishing on. {PART}")
    translations: list[PlaybookTranslationInput] | None = said(
        "Its name and description in other languages. Left out, they stay, but for those of a text that changes; "
        "given, it replaces the whole."
    )
    client_mutation_id: str | None = client_mutation_id()

    def available(self) -> Availability | None:
        return _available(self.available_to_partner_ids, self.available_to_tiers)

    def changes(self) -> dict[str, Any]:
        """In the words of `app.playbooks.documents`."""
        found = {
            name: getattr(self, name) for name in ("name", "description", "language") if getattr(self, name) is not None
        }
        for name in ("industry", "qualification_framework", "review_due_at"):
            if getattr(self, name) is not strawberry.UNSET:
                found[name] = getattr(self, name)
        for name in ("questions", "stages", "translations"):
            if getattr(self, name) is not None:
                found[name] = [_document(part) for part in getattr(self, name)]
        return found


@strawberry.input(description="Where the open deals of a stage go.")
class StageMappingInput:
    from_: str = strawberry.field(name="from", description="The key of an open stage of any version but the new one.")
    to: str = strawberry.field(description="The key of an open stage of the new version.")


@strawberry.input(description="Which draft to put into force.")
class PublishPlaybookInput:
    playbook_id: strawberry.ID = strawberry.field(description="The draft.")
    stage_mapping: list[StageMappingInput] | None = said(
        "Where the open deals of renamed, split and merged stages go. A stage that isn't named here goes to the one of "
        "its key; without such a one, to the open stage that has its key or name as its own name or among its aliases, "
        "whatever the case, blanks and punctuation. Up to 500 entries."
    )
    dry_run: bool = said(
        "True: tell what would happen, in the same payload and with the same refusals, and change nothing.", False
    )
    expected_updated_at: datetime | None = said(
        "Its `updatedAt` when you read it: refused with `CONFLICT` if somebody changed it since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Whom of the partners a playbook is for.")
class SetPlaybookAvailabilityInput:
    playbook_id: strawberry.ID = strawberry.field(description="Any version; it holds for all of them, at once.")
    available_to_partner_ids: list[strawberry.ID] | None = said(f"{PARTNERS} {PART}")
    available_to_tiers: list[PartnerTier] | None = said(f"{TIERS} {PART}")
    expected_updated_at: datetime | None = said(
        "Its `updatedAt` when you read it: refused with `CONFLICT` if somebody changed it since."
    )
    client_mutation_id: str | None = client_mutation_id()

    def available(self) -> Availability:
        return _available(self.available_to_partner_ids, self.available_to_tiers) or Availability()


@strawberry.input(description="Which playbook to take out of use.")
class ArchivePlaybookInput:
    playbook_id: strawberry.ID = strawberry.field(description="The version in force, or a draft.")
    expected_updated_at: datetime | None = said(
        "Its `updatedAt` when you read it: refused with `CONFLICT` if somebody changed it since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Which draft to throw away.")
class DiscardPlaybookDraftInput:
    playbook_id: strawberry.ID = strawberry.field(description="The draft.")
    expected_updated_at: datetime | None = said(
        "Its `updatedAt` when you read it: refused with `CONFLICT` if somebody changed it since."
    )
    client_mutation_id: str | None = client_mutation_id()


def _available(partners: list[strawberry.ID] | None, tiers: list[PartnerTier] | None) -> Availability | None:
    if partners is None and tiers is None:
        return None
    ids = None if partners is None else decode_all(partners, "ptr", "availableToPartnerIds")
    return Availability(ids, tiers)


def _document(part: object) -> Any:
    """An input as plain data, nulls left out."""
    if isinstance(part, list):
        return [_document(one) for one in part]
    if is_dataclass(part):
        return {name: _document(value) for name, value in vars(part).items() if value is not None}
    return part
