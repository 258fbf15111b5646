"""The answers that stand for deals, as a viewer may see them: one statement for one deal or for many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.database.rls import as_viewer
from app.database.sql import Slot, Statement, all_of, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.vocabulary import EnrichmentState, GuidanceSource, OpportunityStatus
from catalogues import catalogue_of

IDS, AT, HEARD = Slot("opportunity_ids"), Slot("at"), Slot("heard_in")
LIVE = "('PROPOSED', 'ACCEPTED')"


@dataclass(frozen=True, slots=True)
class Standing:
    """`actions`: those that are open, best first, each with whether it was shown before; `logged`: whether all of them
    in this order were. `fresh`: nothing that the answer was made from has changed, and it is told in the viewer's
    language, too. Without an answer yet, `state` is
    None."""

    is_open: bool
    partner_id: UUID | None
    state: str | None
    fresh: bool
    generated_at: datetime
    source: GuidanceSource
    enrichment: EnrichmentState | None
    enrichment_at: datetime | None
    retry_at: datetime | None
    attempts: int
    failure: str | None
    logged: bool
    actions: tuple[tuple[UUID, bool], ...]

    @property
    def is_empty(self) -> bool:
        return not self.actions


async def standing(db: Reader, viewer: Viewer, ids: Sequence[UUID], at: datetime) -> dict[UUID, Standing]:
    """Of the visible ones among `ids`."""
    statement = _statement(scope_of(viewer))
    slots = {**slots_of(viewer), IDS.name: list(ids), AT.name: at, HEARD.name: catalogue_of(viewer.language)}
    with as_viewer(None):  # whether an answer is fresh depends on rules and content that this viewer may not see
        rows = await db.fetch(statement.text, *statement.arguments(slots))
    return {row["id"]: _standing(row, at) for row in rows}


@lru_cache(maxsize=8)
def _statement(scope: VisibilityScope) -> Statement:
    text = (
        "SELECT o.id, o.status, o.partner_id, r.state, r.generated_at, r.source, r.enrichment, r.enrichment_at,"
        " r.retry_at, r.attempts, r.failure, r.slate IS NOT DISTINCT FROM r.slate_shown AS logged,"
        " r.opportunity_version = o.version AND r.fresh_until > {}::timestamptz AND r.basis_at > greatest("
        "  p.updated_at, (SELECT max(c.updated_at) FROM content c),"
        "  (SELECT max(u.updated_at) FROM guidance_rule u))"
        " AND ({}::text IS NULL OR {}::text = ANY (r.languages)) AS fresh,"
        " (SELECT jsonb_agg(jsonb_build_array(n.id, n.shown_at IS NOT NULL) ORDER BY n.position, n.id)"
        f"  FROM next_best_action n WHERE n.opportunity_id = o.id AND n.status IN {LIVE} AND {{}}) AS actions"
        " FROM opportunity o JOIN playbook p ON p.id = o.playbook_id"
        " LEFT JOIN recommendation r ON r.opportunity_id = o.id WHERE {}"
    )
    return sql(
        text,
        AT,
        HEARD,
        HEARD,
        visible(scope, "next_best_action", "n"),
        all_of([sql("o.id = ANY ({}::uuid[])", IDS), visible(scope, "opportunity", "o")]),
    ).statement()


def _standing(row: Mapping[str, Any], at: datetime) -> Standing:
    actions = orjson.loads(row["actions"]) if row["actions"] else []
    return Standing(
        is_open=row["status"] == OpportunityStatus.OPEN,
        partner_id=row["partner_id"],
        state=row["state"],
        fresh=bool(row["fresh"]),
        generated_at=row["generated_at"] or at,
        source=GuidanceSource(row["source"] or GuidanceSource.RULES),
        enrichment=row["enrichment"] and EnrichmentState(row["enrichment"]),
        enrichment_at=row["enrichment_at"],
        retry_at=row["retry_at"],
        attempts=row["attempts"] or 0,
        failure=row["failure"],
        logged=row["logged"],
        actions=tuple((UUID(id), shown) for id, shown in actions),
    )
