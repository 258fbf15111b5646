"""Fields of registrations that rules decide: computed for many at once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.registrations import fields, rules
from app.registrations.policy import Benefit
from app.registrations.stored import StoredRegistration, registrations
from schema.engine.declare import Requester
from schema.enums import RegistrationStepKind

Of = Callable[[Requester, StoredRegistration], Any]


@strawberry.type(description="An answer to a question of the policy.")
class FormAnswer:
    question_key: str = strawberry.field(description="The key of the question.")
    label: str = strawberry.field(description="The short form of the question.")
    prompt: str | None = strawberry.field(description="The question in full, or a hint for answering it.")
    required: bool = strawberry.field(description="Whether it has to be answered before submission.")
    answer: str | None = strawberry.field(description="The answer; null if there is none. Untrusted: escape it.")


@strawberry.type(description="The reward for an approved registration.")
class RegistrationBenefit:
    discount_percent: Decimal | None = strawberry.field(description="The additional discount in percent.")
    margin_points: Decimal | None = strawberry.field(description="The additional margin in percentage points.")
    note: str | None = strawberry.field(description="A remark for the partner.")

    @classmethod
    def of(cls, benefit: Benefit | None) -> "RegistrationBenefit | None":
        if benefit is None:
            return None
        return cls(discount_percent=benefit.discount_percent, margin_points=benefit.margin_points, note=benefit.note)


def _each(of: Of) -> Callable[[Requester, Sequence[UUID], Mapping[str, Any]], Awaitable[Mapping[UUID, Any]]]:
    async def batch(asker: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, Any]:
        found = await registrations(database(), asker.viewer, keys)
        return {id: of(asker, one) for id, one in found.items()}

    return batch


def _answers(_: Requester, found: StoredRegistration) -> list[FormAnswer]:
    return [
        FormAnswer(
            question_key=question.key,
            label=question.label,
            prompt=question.prompt,
            required=question.required,
            answer=found.answers.get(question.key),
        )
        for question in found.policy.questions
    ]


def _allowed(asker: Requester, found: StoredRegistration) -> list[RegistrationStepKind]:
    return rules.allowed(found.state(), found.actor(asker.viewer))


answers = _each(_answers)
allowed_steps = _each(_allowed)
editable_fields = _each(lambda asker, found: fields.editable(found, asker.viewer))
required_fields = _each(lambda _, found: fields.required(found))
extensions_left = _each(lambda _, found: found.extensions_left)
benefit = _each(lambda _, found: RegistrationBenefit.of(found.policy.benefit_for(found.tier, found.deal_type)))
