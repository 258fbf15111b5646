"""Constructors of events, one for each type: the only place that defines their payloads.

Payloads are read by clients and by jobs long after they were written: keys are only ever added. They hold keys and
ids, never names or the partner's words, so that nothing needs to be erased from the log.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from app.events.log import NewEvent, about
from app.nouns import (
    ACCOUNT,
    COMMENT,
    CONTACT,
    CONTENT,
    DEAL_PARTNER,
    OPPORTUNITY,
    PLAYBOOK,
    PREDICTION_MODEL,
    REGISTRATION,
    REGISTRATION_POLICY,
    STAGE_TRANSITION,
    TASK,
)
from app.vocabulary import (
    ActionResponse,
    ActivityStatus,
    CommentAudience,
    EnrichmentState,
    EventType,
    InvitationStatus,
    RegistrationStatus,
    TaskStatus,
    TransitionKind,
)


def opportunity_created(
    opportunity_id: UUID,
    *,
    transition_id: UUID,
    stage_key: str,
    playbook_key: str,
    partner_id: UUID | None,
    actor_id: UUID | None,
) -> NewEvent:
    """Payload as of `stage_changed`, with kind CREATED and no `fromStageKey`."""
    payload = _move(TransitionKind.CREATED, None, stage_key, playbook_key, partner_id, automatic=False)
    return _moved(EventType.OPPORTUNITY_CREATED, actor_id, opportunity_id, transition_id, payload)


def stage_changed(
    opportunity_id: UUID,
    *,
    transition_id: UUID,
    kind: TransitionKind,
    from_stage_key: str | None,
    to_stage_key: str,
    playbook_key: str,
    partner_id: UUID | None,
    actor_id: UUID | None,
    automatic: bool = False,
    from_playbook_key: str | None = None,
) -> NewEvent:
    """Payload `{kind, fromStageKey, toStageKey, playbookKey, partnerId, automatic}`; the partner is the one then. With
    `fromPlaybookKey` besides where the deal was moved to another playbook or version, whose key `playbookKey` is."""
    payload = _move(kind, from_stage_key, to_stage_key, playbook_key, partner_id, automatic=automatic)
    if from_playbook_key is not None:
        payload["fromPlaybookKey"] = from_playbook_key
    return _moved(EventType.OPPORTUNITY_STAGE_CHANGED, actor_id, opportunity_id, transition_id, payload)


def _moved(
    type_: EventType, actor_id: UUID | None, opportunity_id: UUID, transition_id: UUID, payload: Mapping[str, object]
) -> NewEvent:
    """The move is its subject."""
    return NewEvent(type_, about(STAGE_TRANSITION, transition_id), actor_id, opportunity_id, payload)


def _of_deal(
    type_: EventType,
    actor_id: UUID | None,
    opportunity_id: UUID,
    payload: Mapping[str, object] | None = None,
    **only: Any,
) -> NewEvent:
    return NewEvent(type_, about(OPPORTUNITY, opportunity_id), actor_id, opportunity_id, payload or {}, **only)


def _move(
    kind: TransitionKind,
    from_stage_key: str | None,
    to_stage_key: str,
    playbook_key: str,
    partner_id: UUID | None,
    *,
    automatic: bool,
) -> dict[str, object]:
    return {
        "kind": kind.value,
        "fromStageKey": from_stage_key,
        "toStageKey": to_stage_key,
        "playbookKey": playbook_key,
        "partnerId": str(partner_id) if partner_id else None,
        "automatic": automatic,
    }


def opportunity_updated(
    opportunity_id: UUID,
    *,
    fields: Iterable[str],
    actor_id: UUID | None,
    corrected: bool = False,
    partner_id: UUID | None = None,
) -> NewEvent:
    """Payload `{fields}`: the API's names of the fields that changed, sorted; with `corrected`, true, where they
    are those of a closed deal that was put right. `partner_id`: of a deal's partners, for this one alone."""
    payload: dict[str, object] = {"fields": sorted(set(fields))}
    if corrected:
        payload["corrected"] = True
    return _of_deal(EventType.OPPORTUNITY_UPDATED, actor_id, opportunity_id, payload, partner_id=partner_id)


def opportunity_left(opportunity_id: UUID, *, partner_id: UUID, readers: Collection[UUID]) -> NewEvent:
    """Nobody of `readers`, of this partner, sees the deal any more. The payload is empty, and it is by nobody."""
    return _of_deal(EventType.OPPORTUNITY_LEFT, None, opportunity_id, partner_id=partner_id, readers=readers)


def opportunity_came(opportunity_id: UUID, *, partner_id: UUID, readers: Collection[UUID]) -> NewEvent:
    """`readers`, of this partner, see the deal and didn't before. The payload is empty, and it is by nobody."""
    return _of_deal(EventType.OPPORTUNITY_CAME, None, opportunity_id, partner_id=partner_id, readers=readers)


def criterion_marked(opportunity_id: UUID, *, criterion_key: str, met: bool, actor_id: UUID | None) -> NewEvent:
    """Payload `{criterionKey, met}`."""
    payload = {"criterionKey": criterion_key, "met": met}
    return _of_deal(EventType.CRITERION_MARKED, actor_id, opportunity_id, payload)


def activity_completed(
    opportunity_id: UUID, *, activity_key: str, status: ActivityStatus, actor_id: UUID | None
) -> NewEvent:
    """Payload `{activityKey, status}`."""
    payload = {"activityKey": activity_key, "status": status.value}
    return _of_deal(EventType.ACTIVITY_COMPLETED, actor_id, opportunity_id, payload)


def playbook_created(playbook_id: UUID, *, key: str, version: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{playbookKey, version}`."""
    return _playbook(EventType.PLAYBOOK_CREATED, playbook_id, key, version, actor_id)


def playbook_updated(playbook_id: UUID, *, key: str, version: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{playbookKey, version}`."""
    return _playbook(EventType.PLAYBOOK_UPDATED, playbook_id, key, version, actor_id)


def playbook_published(playbook_id: UUID, *, key: str, version: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{playbookKey, version}`."""
    return _playbook(EventType.PLAYBOOK_PUBLISHED, playbook_id, key, version, actor_id)


def playbook_archived(playbook_id: UUID, *, key: str, version: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{playbookKey, version}`."""
    return _playbook(EventType.PLAYBOOK_ARCHIVED, playbook_id, key, version, actor_id)


def playbook_discarded(playbook_id: UUID, *, key: str, version: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{playbookKey, version}`. The playbook is no more."""
    return _playbook(EventType.PLAYBOOK_DISCARDED, playbook_id, key, version, actor_id)


def _playbook(type_: EventType, playbook_id: UUID, key: str, version: int, actor_id: UUID | None) -> NewEvent:
    return NewEvent(type_, about(PLAYBOOK, playbook_id), actor_id, payload={"playbookKey": key, "version": version})


def content_changed(
    content_id: UUID, *, key: str, version: int, fields: Iterable[str], actor_id: UUID | None
) -> NewEvent:
    """Payload `{contentKey, version, fields}`: the API's names of the fields that changed, all of them when new."""
    payload = {"contentKey": key, "version": version, "fields": sorted(set(fields))}
    return NewEvent(EventType.CONTENT_CHANGED, about(CONTENT, content_id), actor_id, payload=payload)


def contact_changed(
    contact_id: UUID, *, account_id: UUID, version: int, fields: Iterable[str], actor_id: UUID | None
) -> NewEvent:
    """Payload `{accountId, version, fields}`: the API's names of the fields that changed, those given when new."""
    payload = {"accountId": str(account_id), "version": version, "fields": sorted(set(fields))}
    return NewEvent(EventType.CONTACT_CHANGED, about(CONTACT, contact_id), actor_id, payload=payload)


def contact_removed(contact_id: UUID, *, account_id: UUID, actor_id: UUID | None) -> NewEvent:
    """Payload `{accountId}`. The contact is no more, so that nobody but the vendor's people sees it."""
    payload = {"accountId": str(account_id)}
    return NewEvent(EventType.CONTACT_REMOVED, about(CONTACT, contact_id), actor_id, payload=payload)


def comment_changed(
    type_: EventType,
    comment_id: UUID,
    *,
    on: Mapping[str, UUID],
    audience: CommentAudience,
    alone_for: UUID | None,
    actor_id: UUID | None,
) -> NewEvent:
    """Payload `{opportunityId, audience}`, or `registrationId` in place of the first. It is seen by who sees the
    comment, not by all who see the deal, and so belongs to none. `alone_for`: the partner whose own it is."""
    payload = {**{name: str(id) for name, id in on.items()}, "audience": audience.value}
    return NewEvent(type_, about(COMMENT, comment_id), actor_id, payload=payload, partner_id=alone_for)


def accounts_merged(account_id: UUID, *, merged_ids: Iterable[UUID], deals: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{mergedIds, deals}`: the accounts that are no more, and how many deals came from them."""
    payload = {"mergedIds": [str(id) for id in merged_ids], "deals": deals}
    return NewEvent(EventType.ACCOUNTS_MERGED, about(ACCOUNT, account_id), actor_id, payload=payload)


def merge_undone(account_id: UUID, *, kept_id: UUID, deals: int, actor_id: UUID | None) -> NewEvent:
    """Payload `{keptId, deals}`: the account that it had gone into, and how many deals came back from it."""
    payload = {"keptId": str(kept_id), "deals": deals}
    return NewEvent(EventType.ACCOUNT_MERGE_UNDONE, about(ACCOUNT, account_id), actor_id, payload=payload)


def invitation_changed(invitation_id: UUID, *, status: InvitationStatus, actor_id: UUID | None) -> NewEvent:
    """Payload `{status}`. For the partner that was asked, whoever asked, and the vendor's people; once it has been
    accepted, for all who see the deal."""
    return NewEvent(
        EventType.INVITATION_CHANGED, about(DEAL_PARTNER, invitation_id), actor_id, payload={"status": status.value}
    )


def action_answered(
    opportunity_id: UUID, *, action_id: UUID, response: ActionResponse, enrichment: EnrichmentState, actor_id: UUID
) -> NewEvent:
    """Payload `{enrichment, actionId, response}`. Where nobody answered and the advice changed nevertheless, an event
    of the same type is by nobody and holds `{enrichment}` alone."""
    payload = {"enrichment": enrichment.value, "actionId": str(action_id), "response": response.value}
    return _of_deal(EventType.RECOMMENDATIONS_UPDATED, actor_id, opportunity_id, payload)


def registration_step(
    type_: EventType,
    registration_id: UUID,
    *,
    status: RegistrationStatus,
    partner_id: UUID,
    actor_id: UUID | None,
    **more: object,
) -> NewEvent:
    """Payload `{status, partnerId}`, the status being the one after it; and, where it applies, `fields` (what changed),
    `code` (of a rejection), `daysLeft` (of protection). The registration is its subject, whatever deal it is of: who
    takes part in the deal without being one of its partner's people hears nothing of it."""
    payload = {"status": status.value, "partnerId": str(partner_id), **more}
    return NewEvent(type_, about(REGISTRATION, registration_id), actor_id, payload=payload)


def registration_policy_changed(
    policy_id: UUID, *, playbook_key: str, version: int, fields: Iterable[str], actor_id: UUID | None
) -> NewEvent:
    """Payload `{playbookKey, version, fields}`."""
    payload = {"playbookKey": playbook_key, "version": version, "fields": sorted(fields)}
    return NewEvent(
        EventType.REGISTRATION_POLICY_CHANGED, about(REGISTRATION_POLICY, policy_id), actor_id, payload=payload
    )


def task_changed(
    type_: EventType,
    task_id: UUID,
    *,
    opportunity_id: UUID | None,
    registration_id: UUID | None,
    assignee_id: UUID | None,
    organization_id: UUID,
    status: TaskStatus,
    fields: Iterable[str],
    actor_id: UUID | None,
    former_assignee_id: UUID | None = None,
) -> NewEvent:
    """Payload `{status, fields, organizationId}`, and what there is of `assigneeId`, `formerAssigneeId`,
    `opportunityId` and `registrationId`. It is seen by who sees the task, not by all who see the deal, and so belongs
    to none."""
    ids = {
        "assigneeId": assignee_id,
        "formerAssigneeId": former_assignee_id,
        "opportunityId": opportunity_id,
        "registrationId": registration_id,
        "organizationId": organization_id,
    }
    payload = {"status": status.value, "fields": sorted(set(fields))}
    payload |= {name: str(id) for name, id in ids.items() if id is not None}
    return NewEvent(type_, about(TASK, task_id), actor_id, payload=payload)


def prediction_model_changed(
    model_id: UUID, *, playbook_key: str, version: int, rolled_back: bool, actor_id: UUID | None
) -> NewEvent:
    """Payload `{playbookKey, version, rolledBack}`."""
    payload = {"playbookKey": playbook_key, "version": version, "rolledBack": rolled_back}
    return NewEvent(EventType.PREDICTION_MODEL_CHANGED, about(PREDICTION_MODEL, model_id), actor_id, payload=payload)
