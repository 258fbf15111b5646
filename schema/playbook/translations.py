"""Translations of a playbook's texts, as those who edit it read and write them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.playbooks import reading
from app.vocabulary import Permission
from schema.engine.declare import Asker

LANGUAGE = "The language, as a BCP 47 tag: `de`."


def _text(what: str) -> Any:
    return strawberry.field(description=f"{what} Null: as the playbook says it.")


def _given(what: str) -> Any:
    return strawberry.field(default=None, description=f"{what} Null: as the playbook says it.")


@strawberry.type(description="What a playbook is called in another language.")
class PlaybookTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _text("What it is called.")
    description: str | None = _text("What it is for.")


@strawberry.type(description="A qualification question in another language.")
class QuestionTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    label: str | None = _text("What it is about.")
    prompt: str | None = _text("The question itself.")


@strawberry.type(description="A stage in another language.")
class StageTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _text("What it is called.")
    definition: str | None = _text("What must be true of a deal in this stage.")


@strawberry.type(description="A criterion in another language.")
class CriterionTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    description: str | None = _text("What must hold.")
    customer_wording: str | None = _text("What to say to the customer for it.")


@strawberry.type(description="An activity in another language.")
class ActivityTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _text("What to do.")
    description: str | None = _text("How to do it well.")
    customer_wording: str | None = _text("What to say to the customer for it.")


@strawberry.input(description="What a playbook is called in another language.")
class PlaybookTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _given("What it is called.")
    description: str | None = _given("What it is for.")


@strawberry.input(description="A qualification question in another language.")
class QuestionTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    label: str | None = _given("What it is about.")
    prompt: str | None = _given("The question itself.")


@strawberry.input(description="A stage in another language.")
class StageTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _given("What it is called.")
    definition: str | None = _given("What must be true of a deal in this stage.")


@strawberry.input(description="A criterion in another language.")
class CriterionTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    description: str | None = _given("What must hold.")
    customer_wording: str | None = _given("What to say to the customer for it.")


@strawberry.input(description="An activity in another language.")
class ActivityTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _given("What to do.")
    description: str | None = _given("How to do it well.")
    customer_wording: str | None = _given("What to say to the customer for it.")


def translations_of(
    table: str, type_: Callable[..., Any]
) -> Callable[[Asker, Sequence[UUID], Mapping[str, Any]], Awaitable[Mapping[UUID, Any]]]:
    async def read(asker: Asker, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, Any]:
        if not asker.viewer.may(Permission.MANAGE_PLAYBOOKS):
            return {key: [] for key in keys}
        found = await reading.translations(database(), table, keys)
        return {key: [type_(**one) for one in found[key]] for key in keys}

    return read
