"""Input types of a playbook and its parts."""

from dataclasses import is_dataclass
from datetime import datetime
from typing import Any

import strawberry

from app.playbooks.availability import Availability
from schema.engine.ids import decode_all
from schema.enums import BuyerPhase, CloseOutcome, ConfirmedBy, ForecastCategory, PartnerTier, Reader, StageKind
from schema.mutation import client_mutation_id
from schema.playbook.translations import (
    ActivityTranslationInput,
    CriterionTranslationInput,
    PlaybookTranslationInput,
    QuestionTranslationInput,
    StageTranslationInput,
)

WORDING = (
    "The text addressed to the customer: a request or statement in the second person for use in a message, in the "
    "playbook's language, at most 1,000 characters. Null: no message to the customer is drafted for it."
)
PARTNERS = "besides those of `availableToTiers`; available to all if both are empty."
TIERS = "besides `availableToPartnerIds`; available to all if both are empty."
TRANSLATIONS = (
    "The translations, at most 30. Omit to keep the existing ones, except those of a text that changes; under a new "
    "key, those of identical texts. An empty list removes them."
)
CONFIRMED_BY = "The people who may confirm it. Null means `ANYONE_ON_DEAL`. Not applicable where an expression decides."
READER = (
    "Null means `CUSTOMER` if there is a `customerWording`, `VENDOR` if only the vendor may confirm it "
    "(`confirmedBy`), otherwise `PARTNER`."
)
OMITTED = "Omit to leave unchanged."
WHOLE = f"{OMITTED[:-1]}; a list replaces the whole list."


def said(description: str, default: Any = None) -> Any:
    return strawberry.field(default=default, description=description)


@strawberry.input(description="A criterion.")
class CriterionInput:
    key: str = strawberry.field(
        description=("The machine-readable key, unique within the stage. An existing key keeps its id.")
    )
    description: str = strawberry.field(description="The condition.")
    required: bool = said("Whether the criterion blocks a move.", True)
    expression: str | None = said("A CEL condition over the opportunity. Null: the criterion is marked by a person.")
    confirmed_by: ConfirmedBy | None = said(CONFIRMED_BY)
    locks: list[str] | None = said(
        "The fields of the opportunity that are locked while the criterion is confirmed, for everybody who couldn't "
        "confirm it: `account`, `amount`, `expectedCloseDate`, `name`, `nextStep`, `notes`, `owner`, `partner`, "
        "`qualification`, `source`. Null means `account`, `amount` and `source` if only the vendor may confirm it, "
        "otherwise none."
    )
    reader: Reader | None = said(f"The side whose statement meets the criterion. {READER}")
    customer_wording: str | None = said(WORDING)
    translations: list[CriterionTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A next step in a stage of a playbook.")
class ActivityInput:
    key: str = strawberry.field(
        description=("The machine-readable key, unique within the stage. An existing key keeps its id.")
    )
    name: str = strawberry.field(description="The name of the activity.")
    description: str = said("Instructions for the activity.", "")
    required: bool = said("Whether the opportunity can leave the stage only once the activity is completed.", False)
    effort_minutes: int | None = said("The typical effort in minutes.")
    serves: list[str] | None = said("The keys of the stage's exit criteria that it is done for. Null means none.")
    confirmed_by: ConfirmedBy | None = said(CONFIRMED_BY)
    reader: Reader | None = said(f"The audience it addresses. {READER}")
    customer_wording: str | None = said(WORDING)
    translations: list[ActivityTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A qualification question.")
class QuestionInput:
    key: str = strawberry.field(
        description=("The machine-readable key, unique within the playbook. An existing key keeps its answers.")
    )
    label: str = strawberry.field(description="The subject of the question.")
    prompt: str = said("The question.", "")
    translations: list[QuestionTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A stage.")
class StageInput:
    key: str = strawberry.field(
        description=("The machine-readable key, unique within the playbook. An existing key keeps its id.")
    )
    name: str = strawberry.field(description="The name.")
    definition: str = said("The definition: what must be true of an opportunity in this stage.", "")
    kind: StageKind = said("The kind of stage: open, won or lost.", StageKind.OPEN)
    aliases: list[str] | None = said(
        "Other names by which imports and new versions recognise the stage. Omit to keep those of the stage with this "
        "key; `[]` removes them."
    )
    buyer_phase: BuyerPhase | None = said("The phase of the buyer's process.")
    win_probability: float = strawberry.field(description="The win probability of its opportunities, from 0 to 1.")
    forecast_category: ForecastCategory = strawberry.field(description="The forecast category of its opportunities.")
    target_days: int | None = said("The target duration in days.")
    auto_advance: bool = said(
        (
            "Whether an opportunity advances automatically by the change that meets its stage's last requirement, and "
            "by no other."
        ),
        False,
    )
    entry_criteria: list[CriterionInput] | None = said("The entry criteria, in order.")
    exit_criteria: list[CriterionInput] | None = said("The exit criteria, in order.")
    activities: list[ActivityInput] | None = said("The activities, in order.")
    contents: list[str] | None = said("The keys of its content, best first; includes all translations.")
    translations: list[StageTranslationInput] | None = said(TRANSLATIONS)


@strawberry.input(description="A reason for closing opportunities.")
class CloseReasonInput:
    key: str = strawberry.field(description="The machine-readable key, unique within the playbook.")
    label: str = strawberry.field(description="The reason in words, at most 120 characters.")
    outcome: CloseOutcome = strawberry.field(description="The outcome that it is a reason for.")


@strawberry.input(description="A new draft: from a template, as a copy, or empty (with `key` and `name`).")
class CreatePlaybookInput:
    template_key: str | None = said("The key of a template; see `playbookTemplates`.")
    copy_of: strawberry.ID | None = said("The playbook to copy. Under the same key, the copy becomes the next version.")
    key: str | None = said("The key of the new playbook, if it differs from the source's.")
    name: str | None = said("The name, if it differs from the source's.")
    industry: str | None = said("The industry, if it differs from the source's.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Changes to a draft.")
class UpdatePlaybookInput:
    playbook_id: strawberry.ID = strawberry.field(description="The draft.")
    expected_updated_at: datetime | None = said(
        "The `updatedAt` that the change is based on. Fails with `CONFLICT` if the playbook has changed since."
    )
    name: str | None = said(f"The name. {OMITTED}")
    industry: str | None = said(f"The industry it is made for. {OMITTED}", strawberry.UNSET)
    description: str | None = said(f"The description. {OMITTED}")
    language: str | None = said(f"The language it is written in, as a BCP 47 tag: `en`. {OMITTED}")
    qualification_framework: str | None = said(
        f"The framework of the qualification questions. {OMITTED}", strawberry.UNSET
    )
    review_due_at: datetime | None = said(f"The date of the next review. {OMITTED}", strawberry.UNSET)
    close_reasons: list[CloseReasonInput] | None = said(f"The reasons for closing opportunities, in order. {WHOLE}")
    questions: list[QuestionInput] | None = said(f"The qualification questions, in order. {WHOLE}")
    stages: list[StageInput] | None = said(f"The stages in order, closed ones last. {WHOLE}")
    available_to_partner_ids: list[strawberry.ID] | None = said(
        f"The partners that it is available to once published, {PARTNERS} {WHOLE}"
    )
    available_to_tiers: list[PartnerTier] | None = said(
        f"The tiers that it is available to once published, {TIERS} {WHOLE}"
    )
    translations: list[PlaybookTranslationInput] | None = said(
        "The translations of name and description. Omit to keep the existing ones, except those of a text that "
        "changes; a list replaces the whole list."
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
        for name in ("close_reasons", "questions", "stages", "translations"):
            if getattr(self, name) is not None:
                found[name] = [_document(part) for part in getattr(self, name)]
        return found


@strawberry.input(description="The destination of open opportunities in a stage.")
class StageMappingInput:
    from_: str = strawberry.field(
        name="from", description=("The key of an open stage in any other version than the new one.")
    )
    to: str = strawberry.field(description="The key of an open stage in the new version.")


@strawberry.input(description="Input of `publishPlaybook`.")
class PublishPlaybookInput:
    playbook_id: strawberry.ID = strawberry.field(description="The draft.")
    stage_mapping: list[StageMappingInput] | None = said(
        "The destinations of open opportunities in renamed, split and merged stages, at most 500. A stage that isn't "
        "listed maps to the stage with the same key; without one, to the open stage whose name or alias is its key or "
        "name, regardless of case, white space and punctuation."
    )
    dry_run: bool = said(
        "Whether to report in the payload what publishing would do, with the same errors, without changing anything.",
        False,
    )
    expected_updated_at: datetime | None = said(
        "The `updatedAt` that the change is based on. Fails with `CONFLICT` if the playbook has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `setPlaybookAvailability`.")
class SetPlaybookAvailabilityInput:
    playbook_id: strawberry.ID = strawberry.field(
        description=("Any version of the playbook. Applies to all versions at once.")
    )
    available_to_partner_ids: list[strawberry.ID] | None = said(
        f"The partners that it is available to, {PARTNERS} {WHOLE}"
    )
    available_to_tiers: list[PartnerTier] | None = said(f"The tiers that it is available to, {TIERS} {WHOLE}")
    expected_updated_at: datetime | None = said(
        "The `updatedAt` that the change is based on. Fails with `CONFLICT` if the playbook has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()

    def available(self) -> Availability:
        return _available(self.available_to_partner_ids, self.available_to_tiers) or Availability()


@strawberry.input(description="Input of `archivePlaybook`.")
class ArchivePlaybookInput:
    playbook_id: strawberry.ID = strawberry.field(description="The published version or a draft.")
    expected_updated_at: datetime | None = said(
        "The `updatedAt` that the change is based on. Fails with `CONFLICT` if the playbook has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `discardPlaybookDraft`.")
class DiscardPlaybookDraftInput:
    playbook_id: strawberry.ID = strawberry.field(description="The draft.")
    expected_updated_at: datetime | None = said(
        "The `updatedAt` that the change is based on. Fails with `CONFLICT` if the playbook has changed since."
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
