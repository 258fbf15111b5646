"""Mutations of the models of predictions."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.prediction.operating import Retraining, RolledBack, retrain, roll_back
from schema.engine.declare import to_one
from schema.mutation import Payload, client_mutation_id, mutation
from schema.prediction.types import PredictionModel


@strawberry.input(description="Input of `retrainPrediction`.")
class RetrainPredictionInput:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `rollBackPrediction`.")
class RollBackPredictionInput:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    version: int | None = strawberry.field(
        default=None, description="The version to go back to. Defaults to the one before the version in use."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `retrainPrediction`.")
class RetrainPredictionPayload(Payload):
    model_id: strawberry.Private[UUID | None]
    queued: bool = strawberry.field(
        description="Whether a training was queued. It takes seconds to minutes; `PREDICTION_MODEL_CHANGED` announces "
        "its end."
    )
    model: PredictionModel | None = to_one("The model in use until then; null if there is none yet.")

    @classmethod
    def of(cls, outcome: Retraining | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(model_id=None, queued=False)
        return cls(model_id=outcome.model_id, queued=True)


@strawberry.type(description="The result of `rollBackPrediction`.")
class RollBackPredictionPayload(Payload):
    model_id: strawberry.Private[UUID | None]
    model: PredictionModel | None = to_one("The model that is in use now; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: RolledBack | Refused) -> Self:
        return cls(model_id=None if isinstance(outcome, Refused) else outcome.model_id)


@strawberry.type
class PredictionMutation:
    @mutation(
        payload=RetrainPredictionPayload,
        noun=nouns.PREDICTION_MODEL,
        description=(
            "Queues the training of a playbook's models, which otherwise happens every night, and ends the effect of "
            "`rollBackPrediction`."
        ),
    )
    async def retrain_prediction(
        self,
        viewer: Viewer,
        input: Annotated[RetrainPredictionInput, strawberry.argument(description="The playbook.")],
    ) -> Retraining | Refused:
        return await retrain(viewer, input.playbook_key)

    @mutation(
        payload=RollBackPredictionPayload,
        noun=nouns.PREDICTION_MODEL,
        description=(
            "Puts the models of an earlier training of a playbook back in use, and recomputes the predictions. Nightly "
            "training then leaves the playbook alone until `retrainPrediction`."
        ),
    )
    async def roll_back_prediction(
        self,
        viewer: Viewer,
        input: Annotated[RollBackPredictionInput, strawberry.argument(description="The playbook and the version.")],
    ) -> RolledBack | Refused:
        return await roll_back(viewer, input.playbook_key, input.version)
