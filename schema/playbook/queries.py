"""Queries for playbooks and the starters that are shipped."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from app.playbooks.templates import templates
from schema.connections import root_connection
from schema.context import Info
from schema.engine import declare
from schema.engine.declare import Key, Listing, ListingArguments, Made, Paged, Requester
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import PlaybookStatus
from schema.errors import ClientError
from schema.pagination import Connection
from schema.playbook.templates import PlaybookTemplate
from schema.playbook.types import Playbook


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("key"), "text"),
        Key(frame.column("version"), "integer", descending=True),
        Key(frame.column("id"), "uuid"),
    ]


def _ask_one(arguments: Mapping[str, Any]) -> ListingArguments:
    id_, key, version = arguments.get("id"), arguments.get("key"), arguments.get("version")
    if (id_ is None) == (key is None):
        raise ClientError("Name the playbook by `id` or by `key`, one of them.", argument=("key",))
    if id_ is not None:
        if version is not None:
            raise ClientError("An `id` names a version already; leave out `version`.", argument=("version",))
        return ListingArguments({"id": decode(id_, "pbk", "id")})
    return ListingArguments({"key": key} if version is None else {"key": key, "version": version})


def _one_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    named = [sql("{} = {}", frame.column(n), given.value(n)) for n in ("id", "key", "version") if given.value(n)]
    if given.value("key") and not given.value("version"):
        named.append(sql("{} = 'PUBLISHED'", frame.column("status")))
    return named


@strawberry.input(description="Conditions on playbooks, all of which must hold.")
class PlaybookFilter:
    status: list[PlaybookStatus] | None = strawberry.field(
        default=None, description="Playbooks in one of these states. Defaults to published."
    )
    key: str | None = strawberry.field(default=None, description="The versions of the playbook with this key.")
    industry: str | None = strawberry.field(default=None, description="Playbooks for this industry, in any case.")


def _ask_many(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: PlaybookFilter = arguments.get("filter") or PlaybookFilter()
    status = [PlaybookStatus.PUBLISHED] if wanted.status is None and wanted.key is None else wanted.status
    values = {
        "status": None if status is None else [word.value for word in status],
        "key": wanted.key,
        "industry": wanted.industry,
    }
    return ListingArguments({name: value for name, value in values.items() if value is not None})


def _many_where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    terms = {"status": "{} = ANY ({}::text[])", "key": "{} = {}", "industry": "lower({}) = lower({}::text)"}
    return [sql(t, frame.column(n), given.value(n)) for n, t in terms.items() if given.value(n)]


ONE = Listing(
    "playbook",
    _newest_first,
    where=_one_where,
    bind=_ask_one,
    scan=Scan("playbook", dict.fromkeys(("id", "key", "version"), Look.FEW)),
)
MANY = Listing(
    "playbooks",
    _newest_first,
    where=_many_where,
    bind=_ask_many,
    scan=Scan("playbook", {"key": Look.FEW, "status": Look.FREE, "industry": Look.THROUGH}),
)


async def _templates(_: Requester, __: Mapping[str, Any]) -> list[PlaybookTemplate]:
    return [PlaybookTemplate.of(template) for template in templates()]


@strawberry.type
class PlaybookQuery:
    @root(declare.First(ONE), "A playbook by id, or by key and version. Defaults to the published version.")
    async def playbook(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The global id of a version.")] = None,
        key: Annotated[str | None, strawberry.argument(description="The key of the playbook.")] = None,
        version: Annotated[
            int | None, strawberry.argument(description="The version of the playbook with the key.")
        ] = None,
    ) -> Playbook | None: ...

    playbooks: Connection[Playbook] = root_connection(
        Paged(MANY, rows=50),
        "The playbooks by key, newest version first. Defaults to the published ones.",
        filter=Annotated[PlaybookFilter | None, strawberry.argument(description="Filters the list.")],
    )

    @root(
        Made(_templates, rows=100, constant=True),
        "The playbook templates, one for each industry.",
    )
    async def playbook_templates(self, info: Info) -> list[PlaybookTemplate]: ...
