"""Enablement content."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app import nouns
from app.database.search import tsquery
from app.database.sql import Sql, sql
from schema.engine.declare import Asked, Key, Listing, Through, column, entity, to_many
from schema.engine.frame import Frame, Given
from schema.engine.scans import Look, Scan
from schema.enums import ContentKind, LifecyclePhase, PartnerTier, Reader
from schema.listing import by_position
from schema.node import Node

if TYPE_CHECKING:
    from schema.playbook.types import Stage

STAGES_OF_CONTENT = Listing("content-stages", by_position, link=Through("stage_content", "content_id", "stage_id"))


@entity(nouns.CONTENT, description="A piece of enablement content: something that helps to sell.")
class Content(Node):
    key: str = column("Short name for programs; translations of one piece share it.")
    title: str = column("What it is called.")
    kind: ContentKind = column("What it is.")
    summary: str = column("What it is good for, in a sentence or two.")
    body: str | None = column("The text itself, as Markdown; null when it is elsewhere.")
    url: str | None = column("Where it is, when it is not here.")
    language: str = column("Its language, as a BCP 47 tag.")
    lifecycle_phase: LifecyclePhase = column("The phase of the partner lifecycle that it serves.")
    stages: list[Annotated["Stage", strawberry.lazy("schema.playbook.types")]] = to_many(
        STAGES_OF_CONTENT, "Stages it is linked to, as far as the viewer may see them."
    )
    reader: Reader = column(
        "Whom it is written for. Advice and drafts share with a customer only what is for the `CUSTOMER`; what is for "
        "the `PARTNER` is studied, what is for the `VENDOR` is advised to the vendor's people alone. It hides nothing: "
        "who may read a piece is decided by `audience` and `industries`."
    )
    audience: list[PartnerTier] = column("Tiers it is meant for; empty: all.")
    industries: list[str] = column("Industries it is meant for; empty: all.")
    version: int = column("Rises with every change.")
    updated_at: datetime = column("When it last changed.")


@strawberry.input(description="Which content is meant; conditions add up.")
class ContentFilter:
    kinds: list[ContentKind] | None = strawberry.field(default=None, description="Of one of these kinds.")
    language: str | None = strawberry.field(default=None, description="In this language: `en`.")
    languages: list[str] | None = strawberry.field(
        default=None,
        description="In one of these languages, by their BCP 47 tags: `en`, `pt-BR`. A stage's or deal's content is in "
        "the viewer's language or the programme's unless languages are named here.",
    )
    lifecycle_phase: LifecyclePhase | None = strawberry.field(default=None, description="Serving this phase.")
    industry: str | None = strawberry.field(default=None, description="Meant for this industry, or for all.")
    audience: PartnerTier | None = strawberry.field(default=None, description="Meant for this tier, or for all.")
    search: str | None = strawberry.field(
        default=None, description="Words to find in title, summary and body; each may be the beginning of one."
    )


def ask_contents(arguments: Mapping[str, Any]) -> Asked:
    wanted: ContentFilter | None = arguments.get("filter")
    if wanted is None:
        return Asked()
    values = {
        "kinds": None if wanted.kinds is None else [kind.value for kind in wanted.kinds],
        "language": _languages(wanted),
        "phase": wanted.lifecycle_phase and wanted.lifecycle_phase.value,
        "industry": wanted.industry,
        "audience": wanted.audience and wanted.audience.value,
        "search": tsquery(wanted.search or "") or None,
    }
    return Asked({name: value for name, value in values.items() if value is not None})


def _languages(wanted: ContentFilter) -> list[str] | None:
    """Small letters; of `language` and `languages` together, those that both mean."""
    named = None if wanted.languages is None else {tag.strip().lower() for tag in wanted.languages}
    if wanted.language is not None:
        one = {wanted.language.strip().lower()}
        named = one if named is None else named & one
    return None if named is None else sorted(named)


_FOR_ALL_OR = "cardinality({}) = 0 OR {} @> ARRAY[{}::text]"
_FOR_ALL_OR_IN_ANY_CASE = "cardinality({}) = 0 OR lower({}::text)::text[] @> ARRAY[lower({}::text)]"
_CONDITIONS = {
    "kinds": ("{} = ANY ({}::text[])", ["kind"]),
    "language": ("lower({}) = ANY ({}::text[])", ["language"]),
    "phase": ("{} = {}", ["lifecycle_phase"]),
    "industry": (_FOR_ALL_OR_IN_ANY_CASE, ["industries", "industries"]),
    "audience": (_FOR_ALL_OR, ["audience", "audience"]),
    "search": ("{} @@ to_tsquery('simple', {})", ["search"]),
}


def contents_where(frame: Frame, given: Given) -> Sequence[Sql]:
    asked = [
        sql(template, *(frame.column(column) for column in columns), given.value(name))
        for name, (template, columns) in _CONDITIONS.items()
        if given.value(name) is not None
    ]
    return [sql("NOT {}", frame.column("archived")), *asked]


def _by_title(frame: Frame, _: Given) -> Sequence[Key]:
    return [Key(frame.column("title"), "text"), Key(frame.column("id"), "uuid")]


LOOKS: Mapping[str, Look] = dict.fromkeys(
    ("kinds", "language", "languages", "lifecyclePhase", "industry", "audience", "search"), Look.THROUGH
)
CONTENTS = Listing(
    "contents",
    _by_title,
    where=contents_where,
    ask=ask_contents,
    scan=Scan("content", LOOKS, always=Look.THROUGH),  # which of it is meant for whom is in no index
)
