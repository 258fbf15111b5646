"""The rules' answer: from facts to ranked actions, in well under a millisecond and with no model."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from guidance.codec import state_hash
from guidance.facts import Facts
from guidance.ranking import NOTHING_LEARNED, Learning, Ranked, rank
from guidance.rules import LostRule, candidates
from guidance.rules.custom import CustomRule
from guidance.rules.heard import heeded
from guidance.sleeping import awake


@dataclass(frozen=True)
class Recommended:
    """`actions`: best first, empty for a closed deal. Show the first few. `lost`: rules that raised. `by_rules`: keys
    of the actions as they would be if nobody had read the texts."""

    facts: Facts
    actions: tuple[Ranked, ...]
    lost: tuple[LostRule, ...] = ()
    by_rules: frozenset[str] | None = None

    @cached_property
    def state(self) -> str:
        """What a model's answer is valid for: the same as long as the deal and the advice that applies are, whatever
        the model reads out of the deal's texts."""
        digest = hashlib.sha256(state_hash(self.facts).encode())
        keys = self.by_rules
        for key in sorted({ranked.candidate.key for ranked in self.actions} if keys is None else keys):
            digest.update(key.encode())
        return digest.hexdigest()


def recommend(
    facts: Facts,
    *,
    learned: Learning = NOTHING_LEARNED,
    custom_rules: Sequence[CustomRule] = (),
    at: datetime,
) -> Recommended:
    found = candidates(facts, at, custom_rules)
    known = awake(facts, found.candidates, at)
    ranked = rank(found.candidates, known, learned, at)
    if not facts.readings or not facts.is_open:
        return Recommended(facts, ranked, found.lost)
    by_rules = frozenset(one.candidate.key for one in ranked)
    return Recommended(facts, rank(heeded(found.candidates, facts, at), known, learned, at), found.lost, by_rules)
