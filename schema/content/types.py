"""Enablement content."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app import nouns
from app.database.search import tsquery
from app.database.sql import Sql, sql
from schema.engine.declare import Key, Listing, ListingArguments, Through, column, entity, to_many
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import ContentKind, LifecyclePhase, PartnerTier, Reader
from schema.listing import by_position
from schema.node import Node

if TYPE_CHECKING:
    from schema.playbook.types import Stage

STAGES_OF_CONTENT = Listing("content-stages", by_position, link=Through("stage_content", "content_id", "stage_id"))


@entity(nouns.CONTENT, description="A piece of enablement content, which helps to sell.")
class Content(Node):
    key: str = column("The machine-readable key, shared by the translations of a piece.")
    title: str = column("The name.")
    kind: ContentKind = column("The kind of content.")
    summary: str = column("A summary of its use in one or two sentences.")
    body: str | None = column("The text in Markdown; null if the content is hosted elsewhere.")
    url: str | None = column("The address of content that is hosted elsewhere.")
    language: str = column("The language, as a BCP 47 tag.")
    lifecycle_phase: LifecyclePhase = column("The phase of the partner lifecycle.")
    stages: list[Annotated["Stage", strawberry.lazy("schema.playbook.types")]] = to_many(
        STAGES_OF_CONTENT, "The stages it is linked to that the viewer can see."
    )
    reader: Reader = column(
        "The audience it is written for. Recommendations and drafts share only `CUSTOMER` content with customers; "
        "`PARTNER` content is recommended for study, `VENDOR` content to the vendor alone. Does not restrict access: "
        "see `audience` and `industries`."
    )
    audience: list[PartnerTier] = column("The partner tiers it is meant for; empty for all.")
    industries: list[str] = column("The industries it is meant for; empty for all.")
    version: int = column("The version, incremented by every change.")
    updated_at: datetime = column("The date and time of the last change.")


@strawberry.input(description="Conditions on content, all of which must hold.")
class ContentFilter:
    kinds: list[ContentKind] | None = strawberry.field(default=None, description="Items of one of these kinds.")
    language: str | None = strawberry.field(default=None, description="Content in this language: `en`.")
    languages: list[str] | None = strawberry.field(
        default=None,
        description=(
            "Content in one of these languages, as BCP 47 tags: `en`, `pt-BR`. Without it, the content of a stage or "
            "opportunity is limited to the viewer's language and the programme's."
        ),
    )
    lifecycle_phase: LifecyclePhase | None = strawberry.field(
        default=None, description=("Content for this phase of the partner lifecycle.")
    )
    industry: str | None = strawberry.field(
        default=None, description=("Content for this industry or for all industries.")
    )
    audience: PartnerTier | None = strawberry.field(
        default=None, description=("Content for this tier or for all tiers.")
    )
    search: str | None = strawberry.field(
        default=None, description="Words to search for in title, summary and body; beginnings of words match."
    )


def ask_contents(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: ContentFilter | None = arguments.get("filter")
    if wanted is None:
        return ListingArguments()
    values = {
        "kinds": None if wanted.kinds is None else [kind.value for kind in wanted.kinds],
        "language": _languages(wanted),
        "phase": wanted.lifecycle_phase and wanted.lifecycle_phase.value,
        "industry": wanted.industry,
        "audience": wanted.audience and wanted.audience.value,
        "search": tsquery(wanted.search or "") or None,
    }
    return ListingArguments({name: value for name, value in values.items() if value is not None})


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


def contents_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    asked = [
        sql(template, *(frame.column(column) for column in columns), given.value(name))
        for name, (template, columns) in _CONDITIONS.items()
        if given.value(name) is not None
    ]
    return [sql("NOT {}", frame.column("archived")), *asked]


def _by_title(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("title"), "text"), Key(frame.column("id"), "uuid")]


LOOKS: Mapping[str, Look] = dict.fromkeys(
    ("kinds", "language", "languages", "lifecyclePhase", "industry", "audience", "search"), Look.THROUGH
)
CONTENTS = Listing(
    "contents",
    _by_title,
    where=contents_where,
    bind=ask_contents,
    scan=Scan("content", LOOKS, always=Look.THROUGH),  # which of it is meant for whom is in no index
)
