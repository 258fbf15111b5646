"""Translations of a playbook's texts, as those who edit it read and write them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.playbooks import reading
from app.vocabulary import Permission
from schema.engine.declare import Requester

LANGUAGE = "The language, as a BCP 47 tag: `de`."


def _text(what: str) -> Any:
    return strawberry.field(description=f"{what} Null falls back to the playbook's own text.")


def _given(what: str) -> Any:
    return strawberry.field(default=None, description=f"{what} Null falls back to the playbook's own text.")


@strawberry.type(description="The translation of a playbook's name and description.")
class PlaybookTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _text("The name.")
    description: str | None = _text("The description.")


@strawberry.type(description="The translation of a qualification question.")
class QuestionTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    label: str | None = _text("The subject of the question.")
    prompt: str | None = _text("The question.")


@strawberry.type(description="The translation of a stage.")
class StageTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _text("The name.")
    definition: str | None = _text("The definition.")


@strawberry.type(description="The translation of a criterion.")
class CriterionTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    description: str | None = _text("The condition.")
    customer_wording: str | None = _text("The text addressed to the customer.")


@strawberry.type(description="The translation of an activity.")
class ActivityTranslation:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _text("The name of the activity.")
    description: str | None = _text("Instructions for the activity.")
    customer_wording: str | None = _text("The text addressed to the customer.")


@strawberry.input(description="The translation of a playbook's name and description.")
class PlaybookTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _given("The name.")
    description: str | None = _given("The description.")


@strawberry.input(description="The translation of a qualification question.")
class QuestionTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    label: str | None = _given("The subject of the question.")
    prompt: str | None = _given("The question.")


@strawberry.input(description="The translation of a stage.")
class StageTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _given("The name.")
    definition: str | None = _given("The definition.")


@strawberry.input(description="The translation of a criterion.")
class CriterionTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    description: str | None = _given("The condition.")
    customer_wording: str | None = _given("The text addressed to the customer.")


@strawberry.input(description="The translation of an activity.")
class ActivityTranslationInput:
    language: str = strawberry.field(description=LANGUAGE)
    name: str | None = _given("The name of the activity.")
    description: str | None = _given("Instructions for the activity.")
    customer_wording: str | None = _given("The text addressed to the customer.")


def translations_of(
    table: str, type_: Callable[..., Any]
) -> Callable[[Requester, Sequence[UUID], Mapping[str, Any]], Awaitable[Mapping[UUID, Any]]]:
    async def read(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, Any]:
        if not requester.viewer.may(Permission.MANAGE_PLAYBOOKS):
            return {key: [] for key in keys}
        found = await reading.translations(database(), table, keys)
        return {key: [type_(**one) for one in found[key]] for key in keys}

    return read
