"""COMMENT: a comment on the deal or, without one, on the registration."""

from typing import Literal

from app.automation.language import Facts
from app.automation.steps.acting import Acting, StepFailed, StepModel, Told, done
from app.comments.writing import DEAL, LONGEST, REGISTRATION, CommentWritten, Place, add_comment
from app.database import Transaction
from app.vocabulary import CommentAudience


class Comment(StepModel):
    body: Told
    audience: Literal["EVERYONE_ON_IT", "OWN_ORGANIZATION"] = "EVERYONE_ON_IT"

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        body, audience = acting.told(self.body, LONGEST), CommentAudience(self.audience)
        outcome = await add_comment(acting.viewer, self._place(acting), body, audience, tx=tx)
        done(outcome)
        assert isinstance(outcome, CommentWritten)
        return f"com_{outcome.comment_id}"

    @staticmethod
    def _place(acting: Acting) -> Place:
        if acting.opportunity_id is not None:
            return Place(DEAL, acting.opportunity_id)
        if acting.registration_id is not None:
            return Place(REGISTRATION, acting.registration_id)
        raise StepFailed("There is no deal and no registration to comment on.")

    def foretell(self, facts: Facts) -> str:
        whom = "everyone on it" if self.audience == "EVERYONE_ON_IT" else "the vendor's people"
        return f"Comment to {whom}: {facts.told(self.body, LONGEST)}"
