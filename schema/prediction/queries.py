"""Queries for the models of predictions."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, any_of, sql
from app.identity.scopes import VisibilityScope
from app.vocabulary import ModelAudience
from schema.connections import root_connection
from schema.context import Info
from schema.engine import declare
from schema.engine.declare import Key, Listing, ListingArguments, Paged
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.frame import Bindings, Frame
from schema.pagination import Connection
from schema.prediction.types import PredictionModel

_ORDER = " ".join(f"WHEN '{audience.value}' THEN {place}" for place, audience in enumerate(ModelAudience))


def _widest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    place = sql(f"CASE {{}} {_ORDER} END", frame.column("audience"))
    return [Key(place, "integer"), Key(frame.column("id"), "uuid")]


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("trained_at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    key = arguments.get("playbook_key")
    return ListingArguments({} if key is None else {"playbook_key": key})


def _of_playbook(frame: Frame, given: Bindings) -> Sequence[Sql]:
    key = given.value("playbook_key")
    return [] if key is None else [sql("{} = {}", frame.column("playbook_key"), key)]


def _current(frame: Frame, given: Bindings) -> Sequence[Sql]:
    return [*_of_playbook(frame, given), frame.column("current")]


def _listed(frame: Frame, given: Bindings) -> Sequence[Sql]:
    """Of all partners' model the current one alone, but for the vendor."""
    if frame.builder.scope is VisibilityScope.EVERYTHING:
        return _of_playbook(frame, given)
    of_all = sql(f"{{}} <> '{ModelAudience.PARTNERS.value}'", frame.column("audience"))
    return [*_of_playbook(frame, given), any_of([of_all, frame.column("current")])]


_BY_PLAYBOOK = {"playbookKey": Look.FEW}

ONE = Listing(
    "prediction-model",
    _widest_first,
    where=_current,
    bind=_ask,
    scan=Scan("", _BY_PLAYBOOK, always=Look.FEW),
)
MANY = Listing(
    "prediction-models",
    _newest_first,
    where=_listed,
    bind=_ask,
    scan=Scan("", _BY_PLAYBOOK, always=Look.FREE),
)


@strawberry.type
class PredictionQuery:
    @root(
        declare.First(ONE),
        "The model in use for opportunities on a playbook: for the vendor that of all opportunities, for a partner "
        "that of all partners' or of its own. Null before the first training, or if the viewer can't see the playbook.",
    )
    async def prediction_model(
        self, info: Info, playbook_key: Annotated[str, strawberry.argument(description="The key of the playbook.")]
    ) -> PredictionModel | None: ...

    prediction_models: Connection[PredictionModel] = root_connection(
        Paged(MANY, rows=20),
        "All models that the viewer can see, those of earlier trainings as well, newest first. For partners only the "
        "current one of all partners.",
        playbook_key=Annotated[str | None, strawberry.argument(description="Limits the list to this playbook.")],
    )
