"""The input of a mutation as what a record of its `clientMutationId` is compared by.

A retry is known again by a later version, whose input may have more fields: one that is as by default counts for
nothing. So it does where version 0.1.0 had the field already, which wrote defaults, too.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any

import strawberry

WRITTEN: dict[str, frozenset[str]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "ActivityInput": "description effort_minutes required",
        "AdvanceStageInput": "expected_version override reason",
        "ChoosePromptInput": "prompt_version",
        "CompleteActivityInput": "expected_version note status",
        "CreateOpportunityInput": (
            "account_id account_name amount expected_close_date external_id next_step notes owner_id partner_id"
            " playbook_key source stage_key"
        ),
        "CreatePlaybookInput": "copy_of industry key name template_key",
        "CriterionInput": "expression required",
        "MarkCriterionInput": "evidence expected_version",
        "PublishPlaybookInput": "expected_updated_at",
        "QualificationAnswerInput": "answer",
        "QuestionInput": "prompt",
        "RespondToActionInput": "reason",
        "StageInput": (
            "activities aliases auto_advance buyer_phase contents definition entry_criteria exit_criteria kind"
            " target_days"
        ),
        "StageLinkInput": "position",
        "UpdateOpportunityInput": "expected_version qualification",
        "UpdatePlaybookInput": "description expected_updated_at name questions stages",
        "UpsertContentInput": (
            "archived audience body expected_version industries language lifecycle_phase stages summary url"
        ),
        "UpsertGuidanceRuleInput": "content_keys effort_minutes kind urgency weight",
    }.items()
}
"""Fields by their input type, which count as they are by default. Nothing comes to them any more."""

SINCE: dict[str, frozenset[str]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "ActivityInput": "confirmed_by customer_wording reader serves translations",
        "ActivityTranslationInput": "customer_wording description name",
        "AdvanceStageInput": "at",
        "ArchivePlaybookInput": "expected_updated_at",
        "ChoosePromptInput": "wording",
        "CriterionInput": "confirmed_by customer_wording locks reader translations",
        "CriterionTranslationInput": "customer_wording description",
        "DeactivateUserInput": "reassign_to",
        "DiscardPlaybookDraftInput": "expected_updated_at",
        "MovePlaybookInput": "expected_version playbook_key reason stage_key",
        "PlaybookTranslationInput": "description name",
        "PublishPlaybookInput": "dry_run stage_mapping",
        "QuestionInput": "translations",
        "QuestionTranslationInput": "label prompt",
        "SetPlaybookAvailabilityInput": "available_to_partner_ids available_to_tiers expected_updated_at",
        "StageInput": "translations",
        "StageTranslationInput": "definition name",
        "UpdateOpportunityInput": "reason",
        "UpdatePlaybookInput": "available_to_partner_ids available_to_tiers language translations",
        "UpsertAccountInput": "account_id expected_version",
        "UpsertContactInput": "account_id contact_id expected_version",
        "UpsertContentInput": "reader",
        "UpsertPartnerInput": "key partner_id",
        "UpsertUserInput": "reassign_to user_id",
    }.items()
}
"""Likewise, those that were written for a time after version 0.1.0."""

_NOT_SAID = ("client_mutation_id",)


def plain(given: Any) -> dict[str, Any]:
    """Without what wasn't said, what is as by default and came after version 0.1.0, and the `client_mutation_id`."""
    return {name: value for name, value in _said(given, _after_0_1_0).items() if name not in _NOT_SAID}


def formerly(given: Any) -> dict[str, Any]:
    """As `plain`, with what was written for a time."""
    return {name: value for name, value in _said(given, _after_that_time).items() if name not in _NOT_SAID}


def _said(given: Any, optional: Callable[[Any], dict[str, Any]]) -> Any:
    if isinstance(given, list):
        return [_said(one, optional) for one in given]
    if is_dataclass(given):
        defaults = optional(type(given))
        return {
            name: _said(value, optional)
            for name, value in vars(given).items()
            if value is not strawberry.UNSET and not (name in defaults and value == defaults[name])
        }
    return given


@cache
def _after_0_1_0(input_type: Any) -> dict[str, Any]:
    """The defaults that count for nothing, by their fields."""
    return _defaults(input_type, WRITTEN.get(_name(input_type), frozenset()))


@cache
def _after_that_time(input_type: Any) -> dict[str, Any]:
    name = _name(input_type)
    return _defaults(input_type, WRITTEN.get(name, frozenset()) | SINCE.get(name, frozenset()))


def _name(input_type: Any) -> str:
    name: str = input_type.__strawberry_definition__.name
    return name


def _defaults(input_type: Any, written: frozenset[str]) -> dict[str, Any]:
    return {one.name: _default(one) for one in fields(input_type) if one.name not in written and _has_default(one)}


def _has_default(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default
