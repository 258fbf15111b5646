"""The states of a deal one after the other, from what is stored: its row of today and what its changes say was before.

As in `app.analytics.history`: at T, each field is what the first change after T says was before it, else as today. An
amount of which that isn't known is none, if the deal has been another partner's since; a partner of which it isn't
known is nobody.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.analytics.ledger import Place, State
from app.events.log import Reader
from app.vocabulary import OpportunityStatus

# One statement, so that all of it is of one moment.
_FACTS = """
SELECT o.id, o.created_at AS at, 'now' AS part, 0 AS nth, o.amount, o.currency, o.owner_id, o.partner_id,
  o.expected_close_date AS day, o.status, p.key AS playbook_key, TRUE AS known
FROM opportunity o JOIN playbook p ON p.id = o.playbook_id WHERE o.id = ANY ($1::uuid[])
UNION ALL
SELECT c.opportunity_id, c.at, CASE c.field WHEN 'currency' THEN 'amount' ELSE c.field END, c.nth, c.before_amount,
  c.before_currency, c.before_owner_id, CASE WHEN c.known THEN c.before_partner_id END,
  CASE WHEN c.field = 'expectedCloseDate' THEN c.before::date END, NULL, NULL, c.known OR c.field = 'partner'
FROM field_change c WHERE c.opportunity_id = ANY ($1::uuid[])
  AND (c.field IN ('amount', 'currency', 'partner') OR (c.known AND c.field IN ('owner', 'expectedCloseDate')))
UNION ALL
SELECT t.opportunity_id, t.at, 'stage', t.seq, NULL, NULL, NULL, NULL, NULL, s.kind, p.key, TRUE
FROM stage_transition t JOIN stage s ON s.id = coalesce(t.from_stage_id, t.to_stage_id)
JOIN playbook p ON p.id = s.playbook_id WHERE t.opportunity_id = ANY ($1::uuid[])
ORDER BY 1, 2, 4
"""

NOW = "now"


class _Said(NamedTuple):
    """What changes say of a part of the deal: at `times`, in order, it was what `before` says until then."""

    times: list[datetime]
    before: list[tuple[Any, ...]]

    def next(self, moment: datetime) -> datetime | None:
        place = bisect_right(self.times, moment)
        return self.times[place] if place < len(self.times) else None

    def at(self, moment: datetime, today: tuple[Any, ...]) -> tuple[Any, ...]:
        place = bisect_right(self.times, moment)
        return self.before[place] if place < len(self.times) else today


@dataclass(slots=True)
class Facts:
    """Of one deal. `today`: by part. `unknown`: when its amount changed without it being known from what, in order."""

    created_at: datetime
    today: dict[str, tuple[Any, ...]]
    changes: dict[str, _Said] = field(default_factory=dict)
    unknown: list[datetime] = field(default_factory=list)

    def states(self) -> Iterator[tuple[datetime, State]]:
        """From its creation on, one for each moment at which something changed."""
        moments = {self.created_at, *(at for at in self.unknown if at > self.created_at)}
        for said in self.changes.values():
            moments.update(at for at in said.times if at > self.created_at)
        for moment in sorted(moments):
            yield moment, self._state(moment)

    def _state(self, moment: datetime) -> State:
        found = {part: self._part(part, moment) for part in self.today}
        status, playbook = found["stage"]
        (owner,), (partner,), (day,) = found["owner"], found["partner"], found["expectedCloseDate"]
        amount, currency = found["amount"] if self._has_amount(moment) else (None, None)
        return State(OpportunityStatus(status), amount, currency, Place(partner, owner, playbook, day))

    def _has_amount(self, moment: datetime) -> bool:
        """Not what it came to be in another partner's time."""
        place = bisect_right(self.unknown, moment)
        partner = self.changes.get("partner")
        if place == len(self.unknown) or partner is None or partner.next(moment) is None:
            return True
        money = self.changes.get("amount")
        known = None if money is None else money.next(moment)
        return known is not None and known <= self.unknown[place]

    def _part(self, part: str, moment: datetime) -> tuple[Any, ...]:
        said = self.changes.get(part)
        return self.today[part] if said is None else said.at(moment, self.today[part])


async def facts_of(db: Reader, ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """Of those that are there. One statement."""
    found: dict[UUID, Facts] = {}
    changes: dict[UUID, dict[str, _Said]] = {}
    unknown: dict[UUID, list[datetime]] = {}
    for row in await db.fetch(_FACTS, list(ids)):
        values = _values(row)
        if row["part"] == NOW:
            found[row["id"]] = Facts(row["at"], values)
            continue
        if not row["known"]:
            unknown.setdefault(row["id"], []).append(row["at"])
            continue
        said = changes.setdefault(row["id"], {}).setdefault(row["part"], _Said([], []))
        said.times.append(row["at"])
        said.before.append(values[row["part"]])
    for id, facts in found.items():
        facts.changes, facts.unknown = changes.get(id, {}), unknown.get(id, [])
    return found


def _values(row: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        "amount": (row["amount"], row["currency"]),
        "owner": (row["owner_id"],),
        "partner": (row["partner_id"],),
        "expectedCloseDate": (row["day"],),
        "stage": (row["status"], row["playbook_key"]),
    }
