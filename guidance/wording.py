"""The choice between composed sentences and a language model's own."""

from enum import StrEnum


class Wording(StrEnum):
    """COMPOSED: the rules' sentences and the phrasebook's blocks alone, as the model points at them. CHECKED: the
    model's own sentences as well, each of which has passed the checks of `guidance.checked`."""

    COMPOSED = "COMPOSED"
    CHECKED = "CHECKED"
