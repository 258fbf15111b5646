"""Search terms that many companies have, by PostgreSQL's own statistics: looking for them would find too much, and two
companies that have them in common may well be two."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.company_names import WORD
from app.company_names.letters import sound
from app.events.log import Reader

TOO_MANY = 400
"""Companies that one term may lead to."""
LEAST, SHARE = 30, 0.001
"""A word is common that so many companies have, and such a share of them."""
FOR_SECONDS = 300.0

_STATISTICS = """
SELECT t.term, t.share * c.reltuples AS companies, c.reltuples AS all
FROM pg_class c JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = c.relname AND s.attname = 'terms'
CROSS JOIN LATERAL unnest(
  s.most_common_elems::text::text[], s.most_common_elem_freqs[1:cardinality(s.most_common_elem_freqs) - 3]
) AS t (term, share)
WHERE c.oid = 'company_key'::regclass AND c.reltuples > 0
"""


@dataclass(frozen=True, slots=True)
class Frequent:
    companies: Mapping[str, float] = field(default_factory=dict)
    """By term: about how many have it; of the most frequent ones alone."""
    words: frozenset[str] = frozenset()
    """As `app.company_names.letters.sound` spells them."""

    def searched(self, terms: tuple[str, ...]) -> tuple[str, ...]:
        """Those that lead to few, or else the rarest."""
        few = tuple(term for term in terms if self.companies.get(term, 0) <= TOO_MANY)
        return few or tuple(sorted(terms, key=lambda term: self.companies.get(term, 0))[:1])

    def rare(self, core: str) -> str:
        """Without words that many have."""
        return " ".join(word for word in core.split() if WORD + sound(word) not in self.companies)


_known: dict[str, tuple[float, Frequent]] = {}


async def frequent(db: Reader, database: str) -> Frequent:
    """As of some minutes ago. `database`: whose they are."""
    kept = _known.get(database)
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    rows = await db.fetch(_STATISTICS)
    words = {
        row["term"].removeprefix(WORD)
        for row in rows
        if row["term"].startswith(WORD) and row["companies"] >= max(LEAST, SHARE * row["all"])
    }
    found = Frequent({row["term"]: row["companies"] for row in rows}, frozenset(words))
    _known[database] = (time.monotonic() + FOR_SECONDS, found)
    return found
