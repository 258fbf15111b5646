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


@dataclass(frozen=True)
class Recommended:
    """`actions`: best first, empty for a closed deal. Show the first few. `lost`: rules that raised."""

    facts: Facts
    actions: tuple[Ranked, ...]
    lost: tuple[LostRule, ...] = ()

    @cached_property
    def state(self) -> str:
        """What a model's answer is valid for: the same as long as the deal and the advice that applies are."""
        digest = hashlib.sha256(state_hash(self.facts).encode())
        for key in sorted(ranked.candidate.key for ranked in self.actions):
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
    return Recommended(facts, rank(found.candidates, facts, learned), found.lost)
