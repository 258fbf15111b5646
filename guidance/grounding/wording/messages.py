"""Sentences of a message: it asks, wishes, proposes, or is polite; what is or was so, it doesn't tell."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from guidance.grounding.wording.courtesies import left_by_courtesy, without_lead
from guidance.grounding.wording.figures import in_days, tells_figures, tells_silence
from guidance.grounding.wording.ground import Ground
from guidance.grounding.wording.heads import left_by_condition, left_by_head, left_by_opening, speaks_of_sender
from guidance.grounding.wording.openness import leaves_it_open
from guidance.grounding.wording.splitting import GAP, bare, clauses_of, folded
from guidance.grounding.wording.words import (
    are_known,
    asserts,
    says_is,
    spelled,
    takes_for_done,
    without_times,
)
from guidance.lexicon import PIECE, Lexicon, groups
from guidance.spoken_numbers import in_figures

MOST_ASIDE = 3
MOST_JOINTS = 2
LEAST_WORDS = 2


def is_message(sentence: str, ground: Ground) -> bool:
    lexicon = ground.lexicon
    said = spelled(bare(folded(sentence), {one.casefold() for one in ground.placeholders}), lexicon)
    asks = sentence.rstrip(' ”»"').endswith("?")
    rest = lexicon.salutation.sub("", said.lstrip("¿¡"), count=1).strip(" ,")
    if len(PIECE.findall(said)) < LEAST_WORDS or not rest:
        return bool(PIECE.findall(said)) and not rest
    if not asks and any(barred.search(said) for barred in (lexicon.deadline, lexicon.claimed)):
        return False
    if asks and _is_hasty(said, lexicon):
        return False
    told = in_days(in_figures(rest, lexicon.language), ground)
    return any(_is_of_clauses(without_times(one, lexicon), sentence, ground, asks=asks) for one in told)


def _is_hasty(said: str, lexicon: Lexicon) -> bool:
    """It asks for a decision by some day."""
    words = PIECE.findall(said)
    decides = not lexicon.stemmed(lexicon.deciding).isdisjoint(map(lexicon.stem, words))
    by = lexicon.deadline.search(said)
    return decides and ((by is not None and GAP not in by[0]) or not lexicon.soon.isdisjoint(words))


def _is_of_clauses(rest: str, sentence: str, ground: Ground, *, asks: bool) -> bool:
    return any(_is_left(left, rest, sentence, ground, asks=asks) for left in _Clauses(rest, ground, asks).lefts())


def _is_left(left: list[str], rest: str, sentence: str, ground: Ground, *, asks: bool) -> bool:
    lexicon = ground.lexicon
    if any(takes_for_done(one, sentence, ground, ground.title, *ground.facts) for one in ([rest] if asks else left)):
        return False
    said = [_without_asked(one, lexicon) if asks else one for one in left]
    told = asserts(" ".join(said), lexicon) and not (asks and lexicon.asked_first.search(rest.strip()))
    return not told and all(are_known(_without_ahead(one, rest, lexicon, asks=asks), ground, asks=asks) for one in left)


@dataclass(frozen=True)
class _Clauses:
    """The clauses of a sentence, each of which has to be of a kind that may be said."""

    said: str
    ground: Ground
    asks: bool

    def lefts(self) -> Iterator[list[str]]:
        """What of them has yet to be known, for each way to read them; none where one may not be said, or a condition
        has nothing that depends on it."""
        if (polite := left_by_courtesy(self.said.strip(" ?"), self.ground)) is not None:
            yield polite
        yield from self._lefts_of(clauses_of(self.said), MOST_JOINTS)

    def _lefts_of(self, clauses: list[str], joints: int) -> Iterator[list[str]]:
        """As they are, and with each of them in two where words join it."""
        if (left := self._left_of(clauses)) is not None:
            yield left
        for n, clause in enumerate(clauses if joints else ()):
            for joint in self.ground.lexicon.joints.finditer(clause):
                parts = clause[: joint.start()], clause[joint.end() :]
                yield from self._lefts_of([*clauses[:n], *parts, *clauses[n + 1 :]], joints - 1)

    def _left_of(self, clauses: list[str]) -> list[str] | None:
        found, hangs, n = list[str](), False, 0
        while n < len(clauses):
            left, hanging, taken = self._left(clauses, n, hangs=hangs)
            if left is None:
                return None
            found += left
            hangs = hanging
            n += taken
        return None if hangs or not clauses else found

    def _left(self, clauses: list[str], n: int, *, hangs: bool) -> tuple[list[str] | None, bool, int]:
        """Of the clause `n`, as it is or without what turns nothing round: what is left, whether another has to
        follow, and how many clauses it takes."""
        found = self._left_as_it_is(clauses, n, hangs=hangs)
        bare = self._undenied(clauses[n]) if found[0] is None or self.asks else clauses[n]
        if bare == clauses[n]:
            return found
        return self._left_as_it_is([*clauses[:n], bare, *clauses[n + 1 :]], n, hangs=hangs)

    def _left_as_it_is(self, clauses: list[str], n: int, *, hangs: bool) -> tuple[list[str] | None, bool, int]:
        lexicon, clause = self.ground.lexicon, clauses[n]
        led = without_lead(clause, lexicon)
        if n + 1 < len(clauses) and (both := left_by_courtesy(f"{led}, {clauses[n + 1]}", self.ground)) is not None:
            return both, False, 2
        for one in (led, clause):
            if (polite := left_by_courtesy(one, self.ground)) is not None:
                return polite, False, 1
        if leaves_it_open(led, (), self.ground) or tells_figures(led, self.ground) or tells_silence(led, self.ground):
            return [], False, 1
        if (begun := left_by_head(led, lexicon)) is not None:
            return begun, False, 1
        condition = None if self.asks and len(clauses) == 1 else left_by_condition(led, lexicon)
        if condition is not None:
            if not lexicon.denials.isdisjoint(PIECE.findall(led)) and self._decides(clauses[n + 1 :]):
                return None, hangs, 1
            return condition, hangs or n == 0, 1
        if n == 0 and len(clauses) > 1 and (opening := left_by_opening(clause, lexicon)) is not None:
            return opening, True, 1
        if self.asks and (n == 0 or hangs or self._is_asked(led) or _is_inserted(clauses[n - 1], lexicon)):
            return _plain(led, lexicon), False, 1
        inserted = self.asks and n + 1 < len(clauses) and _is_inserted(clause, lexicon)
        if inserted or (n and (_depends(clause, lexicon) or _is_aside(led, lexicon))):
            return _plain(led, lexicon), hangs, 1
        return None, hangs, 1

    def _decides(self, clauses: list[str]) -> bool:
        """What nobody asks, says to decide."""
        lexicon, stems = self.ground.lexicon, self.ground.stems(*clauses)
        return not self.asks and not lexicon.stemmed(lexicon.deciding).isdisjoint(stems)

    def _undenied(self, clause: str) -> str:
        """Without what turns nothing round: what is denied in words that any deal has, of the sender or in a
        question."""
        lexicon, words = self.ground.lexicon, PIECE.findall(clause)
        denying = lexicon.denials
        if denying.isdisjoint(words) or not lexicon.stemmed(lexicon.deciding).isdisjoint(map(lexicon.stem, words)):
            return clause
        plain = lexicon.function | denying | lexicon.asserting
        bare = " ".join(re.sub(rf"\b(?:{'|'.join(denying)})\b", " ", clause).replace(" ' ", " ").split())
        of_any = all(word in plain or lexicon.knows(word, lexicon.free) for word in words)
        return bare if of_any and (self.asks or speaks_of_sender(bare, lexicon)) else clause

    def _is_asked(self, clause: str) -> bool:
        """It goes on with a question, or with what people do together or the message is about."""
        lexicon, found = self.ground.lexicon, self.ground.lexicon.asked.match(clause)
        verbs = [lexicon.stem(text) for name, text in groups(found) if name == "verb"] if found is not None else []
        may = lexicon.stemmed(lexicon.together | lexicon.makes) | self.ground.given
        return found is not None and may.issuperset(verbs)


def _without_asked(clause: str, lexicon: Lexicon) -> str:
    """Without what is asked within a question, as in “could you tell me how it went”."""
    words = clause.split()
    asked = lexicon.depending - lexicon.declaring
    return " ".join(itertools.takewhile(lambda word: word not in asked, words[1:])) if words else clause


def _plain(clause: str, lexicon: Lexicon) -> list[str] | None:
    return None if says_is(clause, lexicon) else [clause]


def _depends(clause: str, lexicon: Lexicon) -> bool:
    words = PIECE.findall(clause)
    only_times = all(word in lexicon.function or word in lexicon.time_words for word in words)
    return only_times or any(word in lexicon.subordinators for word in words[:3])


def _is_inserted(clause: str, lexicon: Lexicon) -> bool:
    """Of a question, what stands between commas."""
    return not lexicon.prepositions.isdisjoint(PIECE.findall(clause)[:1])


def _is_aside(clause: str, lexicon: Lexicon) -> bool:
    """It says when, where or how, in words that any deal has."""
    words = PIECE.findall(clause)
    plain = all(word in lexicon.function or lexicon.knows(word, lexicon.free) for word in words)
    aside = 0 < len(words) <= MOST_ASIDE and bool(lexicon.subjects) and lexicon.subjects.isdisjoint(words)
    return plain and (aside or not lexicon.prepositions.isdisjoint(words[:1]))


def _without_ahead(text: str, said: str, lexicon: Lexicon, *, asks: bool) -> str:
    """What is to be settled before another thing doesn't turn that round, nor what comes before a meeting."""
    occasions = lexicon.stemmed(lexicon.occasions | lexicon.titles.meetings | lexicon.time_words)
    for word in lexicon.temporal:
        for found in re.finditer(rf"\b{word}\b", text):
            if not occasions.isdisjoint(map(lexicon.stem, PIECE.findall(text[found.end() :])[:MOST_ASIDE])):
                text = f"{text[: found.start()]}{' ' * len(word)}{text[found.end() :]}"
    if asks and lexicon.gathering.search(said.strip(" ¿")) is not None:
        for word in lexicon.ahead:
            text = re.sub(rf"\b{word}\b", " ", text, count=1)
    return text
