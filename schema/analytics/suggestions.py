"""Suggestions for a playbook's stages from history, and their application to a draft."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.analytics.suggestions import ENOUGH, apply_suggestions, suggestions
from app.database import database
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.playbooks.versions import PlaybookSaved
from schema.analytics.types import STAGE
from schema.context import Info
from schema.engine.declare import Made, Requester, to_one
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.figures import Rate
from schema.mutation import client_mutation_id, mutation
from schema.playbook.payloads import PlaybookPayload
from schema.playbook.types import Stage

MOST_STAGES = 100


@strawberry.type(description="A suggestion from history for a stage, from the opportunities that the viewer sees.")
class StageSuggestion:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(STAGE)
    win_probability: Rate = strawberry.field(
        description=f"The share won of the closed opportunities that were in it. Applied from {ENOUGH} of these on."
    )
    target_days: float = strawberry.field(
        description=(
            "The days by which half of the stays are over; with fewer than "
            f"{ENOUGH} that are over, or none such, the stage's own target days, and 0 without any. Applied as whole "
            "days, at least 1."
        )
    )
    stays: int = strawberry.field(description="The number of stays that are over.")
    note: str = strawberry.field(description="The basis of the suggestion, or the reason why there is none, in words.")


async def _suggestions(requester: Requester, arguments: Mapping[str, Any]) -> list[StageSuggestion]:
    found = await suggestions(database(), requester.viewer, arguments["playbook_key"], requester.at)
    return [
        StageSuggestion(
            stage_id=one.place.stage_id,
            win_probability=Rate.among(one.probability.count, one.probability.of),
            target_days=one.target_days,
            stays=one.stays,
            note=one.note,
        )
        for one in found
    ]


@strawberry.input(description="Input of `applyStageSuggestions`.")
class ApplyStageSuggestionsInput:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    stage_keys: list[str] | None = strawberry.field(
        default=None,
        description=f"The keys of the stages whose suggestions to apply, at most {MOST_STAGES}; defaults to all.",
    )
    expected_updated_at: datetime | None = strawberry.field(
        default=None,
        description=(
            "The `updatedAt` of the draft that the change is based on. Fails with `CONFLICT` if it has changed since."
        ),
    )
    client_mutation_id: str | None = client_mutation_id()


ApplyInput = Annotated[ApplyStageSuggestionsInput, strawberry.argument(description="The playbook.")]
KeyArgument = Annotated[str, strawberry.argument(description="The key of the playbook.")]


@strawberry.type
class StageSuggestionQuery:
    @root(
        Made(_suggestions, rows=20, scan=Scan("opportunity", always=Look.THROUGH, times=3)),
        "Win probabilities and target days for the open stages of a playbook, from history; empty if the viewer can't "
        "see the playbook.",
    )
    async def stage_suggestions(self, info: Info, playbook_key: KeyArgument) -> list[StageSuggestion]: ...


@strawberry.type
class StageSuggestionMutation:
    @mutation(
        payload=PlaybookPayload,
        noun=nouns.PLAYBOOK,
        description=(
            "Writes the suggestions for a playbook's stages into its draft; if it has none, into a new one, a copy of "
            "the published version. Stages for which too little is known keep what they say."
        ),
        scan=Scan("opportunity", always=Look.THROUGH, times=3),
    )
    async def apply_stage_suggestions(self, viewer: Viewer, input: ApplyInput) -> PlaybookSaved | Refused:
        return await apply_suggestions(
            viewer, input.playbook_key, input.stage_keys, expected_updated_at=input.expected_updated_at
        )
