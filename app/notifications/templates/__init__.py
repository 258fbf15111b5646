"""The words of notifications and mails: a folder for each language, whose names are what languages there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from app.languages import ancestry
from app.settings import settings
from app.vocabulary import NotificationKind

FOLDER = Path(__file__).parent
ENGLISH = "en"


class Said(NamedTuple):
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """`someone`: who isn't named to the reader. `names`: of the kinds, as preferences call them."""

    someone: str
    digest: Template
    names: Mapping[NotificationKind, str]
    titles: Mapping[NotificationKind, Template]
    bodies: Mapping[NotificationKind, Template]

    def of(self, kind: NotificationKind, variables: Mapping[str, Any]) -> Said:
        return Said(self.titles[kind].render(variables), self.bodies[kind].render(variables))


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    return frozenset(one.name for one in FOLDER.iterdir() if (one / "sentences.yaml").is_file())


def language_for(tag: str) -> str:
    """The language in which somebody who reads `tag` is written to."""
    return _first_of((*ancestry(tag), *ancestry(settings().default_language)))


@lru_cache(maxsize=1_000)
def _first_of(tags: tuple[str, ...]) -> str:
    spoken = languages()
    return next((one for one in tags if one in spoken), ENGLISH)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """HTML is escaped by the file's name; a variable that is missing stops the mail and not the reader."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=20)
def sentences(language: str) -> Sentences:
    said = yaml.safe_load((FOLDER / language / "sentences.yaml").read_text(encoding="utf-8"))
    made = environment().from_string
    return Sentences(
        said["someone"],
        made(said["digest"]),
        {kind: said[kind.value]["name"] for kind in NotificationKind},
        {kind: made(said[kind.value]["title"]) for kind in NotificationKind},
        {kind: made(said[kind.value]["body"]) for kind in NotificationKind},
    )
