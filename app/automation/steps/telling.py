"""NOTIFY and SEND_WEBHOOK: what is told to people, and to other systems."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator

from app.automation.language import Facts
from app.automation.steps.acting import Acting, Everybody, StepFailed, StepModel, Told, called
from app.database import Transaction
from app.notifications.notify import Notice, notify
from app.vocabulary import NotificationKind, Permission
from app.webhooks.enqueuing import send

LONGEST_TITLE, LONGEST_BODY = 200, 2_000
WEBHOOK = "automation.step"
# What is the vendor's to tell of deals is for no partner's endpoint.
_OURS = """
SELECT e.id FROM webhook_endpoint e JOIN organization g ON g.id = e.organization_id
WHERE e.id = $1 AND g.kind = 'VENDOR'
"""


class Notify(StepModel):
    to: Everybody
    title: Told
    body: Told | None = None

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        whom = await acting.people(tx, self.to)
        if not whom:
            return f"There is nobody to notify: {', '.join(self.to)}."
        body = None if self.body is None else acting.told(self.body, LONGEST_BODY)
        notice = Notice(
            NotificationKind.AUTOMATION,
            acting.effect_key,
            whom,
            opportunity_id=acting.opportunity_id,
            registration_id=acting.registration_id,
            title=acting.told(self.title, LONGEST_TITLE),
            body=body,
        )
        told = await notify(tx, notice, acting.at)
        return ", ".join(f"usr_{one}" for one in told) or "Nobody sees it, or wants to know."

    def foretell(self, facts: Facts) -> str:
        said = facts.told(self.title, LONGEST_TITLE)
        more = "" if self.body is None else f" — {facts.told(self.body, LONGEST_BODY)}"
        whom = [name for one in self.to if (name := called(one, facts)) is not None]
        return f"Notify {', '.join(whom)}: {said}{more}" if whom else "There is nobody to notify."


def _endpoint(id: str) -> str:
    try:
        if id.startswith("whe_") and str(UUID(id[4:])) == id[4:]:
            return id
    except ValueError:
        pass
    raise ValueError("Name a webhook endpoint of the vendor by its id.")


class SendWebhook(StepModel):
    """To an endpoint by its id: that this step was reached, about what, and a text."""

    endpoint: Annotated[str, AfterValidator(_endpoint)]
    text: Told | None = None

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        said = {
            "automation": acting.label,
            "opportunity": acting.opportunity_id and f"opp_{acting.opportunity_id}",
            "registration": acting.registration_id and f"reg_{acting.registration_id}",
            "text": None if self.text is None else acting.told(self.text, LONGEST_BODY),
        }
        if not acting.viewer.may(Permission.MANAGE_WEBHOOKS):
            raise StepFailed("Whoever saved the automation may not manage webhook endpoints.")
        endpoint, key = UUID(self.endpoint[4:]), acting.effect_key
        ours = await tx.fetchrow(_OURS, endpoint)
        sent = ours and await send(tx, endpoint, WEBHOOK, said, key=key, at=acting.begun_at)
        if sent is None:
            raise StepFailed("There is no such endpoint, or it is disabled.")
        return f"whd_{sent}"

    def foretell(self, facts: Facts) -> str:
        more = "" if self.text is None else f": {facts.told(self.text, LONGEST_BODY)}"
        return f"Send to {self.endpoint}{more}"
