"""Translations of a playbook's texts, as they are edited."""

from collections.abc import Mapping
from typing import Any

from app.models.translations import Stored, in_order
from app.playbooks.spec import (
    ActivityTranslation,
    CriterionTranslation,
    PlaybookTranslation,
    QuestionTranslation,
    StageTranslation,
)

TEXTS: Mapping[str, tuple[str, ...]] = {
    table: tuple(name for name in model.model_fields if name != "language")
    for table, model in (
        ("playbook", PlaybookTranslation),
        ("qualification_question", QuestionTranslation),
        ("stage", StageTranslation),
        ("criterion", CriterionTranslation),
        ("activity", ActivityTranslation),
    )
}
"""The texts of each table's rows that may be translated."""


def edited(kept: Stored | None, table: str) -> list[dict[str, Any]]:
    return [{"language": one["language"], **{name: one.get(name) for name in TEXTS[table]}} for one in in_order(kept)]
