"""Prompts from `prompts/next_best_action/`, a folder a version, rendered from what a model may know of a deal.

A template knows plain texts alone, as `guidance.briefing` makes them; a name that isn't there stops the rendering, and
every value that is printed passes `guidance.cleaning.clean`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from guidance.briefing import Briefing
from guidance.cleaning import clean
from guidance.writer import Message

FOLDER = Path(__file__).resolve().parent.parent / "prompts" / "next_best_action"
Part = Literal["system", "user", "repair", "look"]


class UnknownPrompt(Exception):
    """There is no such version of the prompt."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Rendered. `hash`: SHA-256 over roles and texts, so that equal hashes mean that the same was asked."""

    version: str
    messages: tuple[Message, ...]

    @property
    def hash(self) -> str:
        digest = hashlib.sha256()
        for message in self.messages:
            digest.update(f"{message.role}\0{message.text}\0".encode())
        return digest.hexdigest()


def versions() -> tuple[str, ...]:
    """Those that can be chosen, by name."""
    return tuple(sorted(folder.name for folder in FOLDER.iterdir() if (folder / "user.j2").is_file()))


def first_prompt(version: str, briefing: Briefing) -> Prompt:
    """Raises `UnknownPrompt`."""
    system = _rendered(version, "system", briefing.variables)
    user = _rendered(version, "user", briefing.variables)
    return Prompt(version, (Message("system", system), Message("user", user)))


def repair_prompt(prompt: Prompt, answer: str, faults: Sequence[str]) -> Prompt:
    """The conversation so far, the answer that was refused, and what is wrong with it."""
    complaint = _rendered(prompt.version, "repair", {"faults": list(faults)})
    return Prompt(prompt.version, (*prompt.messages, Message("assistant", answer), Message("user", complaint)))


def look_prompt(version: str, carriers: Mapping[str, str], sentences: Sequence[tuple[str, Iterable[str]]]) -> Prompt:
    """Of the second look at a model's own sentences, each with the ids of what may carry it. It knows nothing of the
    conversation before."""
    variables = {
        "carriers": [{"id": id, "text": text} for id, text in carriers.items()],
        "sentences": [{"id": f"s{n}", "text": text, "of": " ".join(ids)} for n, (text, ids) in enumerate(sentences, 1)],
    }
    return Prompt(version, (Message("user", _rendered(version, "look", variables)),))


def _rendered(version: str, part: Part, variables: dict[str, Any]) -> str:
    if version not in versions():
        raise UnknownPrompt(f"there is no prompt “{version}”; there are {', '.join(versions())}")
    return _environment(FOLDER).get_template(f"{version}/{part}.j2").render(variables).strip() + "\n"


@lru_cache(maxsize=1)
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 (no HTML; `_finalized` sees every value)
    )


def _finalized(value: object) -> object:
    """Texts and whole numbers alone: anything else printed is a mistake in the template."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Undefined) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError(f"a template prints a {type(value).__name__}; give it a text")
