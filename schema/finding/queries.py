"""`search`: whatever is found by words, the best first."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.database import database
from app.finding.search import LONGEST, MOST, Hit, search
from app.vocabulary import SearchKind as Kind
from schema.contact.types import Contact
from schema.content.types import Content
from schema.context import Info
from schema.engine.declare import Made, Requester, to_one
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import SearchKind
from schema.errors import ClientError
from schema.identity.types import Account
from schema.opportunity.types import Opportunity
from schema.registration.types import DealRegistration

USUAL = 10


@strawberry.type(description="Something that a search found. Exactly one of the objects is there: that of its `kind`.")
class SearchHit:
    opportunity_id: strawberry.Private[UUID | None]
    account_id: strawberry.Private[UUID | None]
    contact_id: strawberry.Private[UUID | None]
    content_id: strawberry.Private[UUID | None]
    registration_id: strawberry.Private[UUID | None]
    kind: SearchKind = strawberry.field(description="The kind of object.")
    score: float = strawberry.field(
        description="The quality of the match, from 0 to 1: 1 the very name or external id, 0.9 what begins so, 0.75 "
        "whole words, below that parts of words and names with a letter wrong. Comparable between kinds."
    )
    opportunity: Opportunity | None = to_one("The opportunity.")
    account: Account | None = to_one("The account.")
    contact: Contact | None = to_one("The contact.")
    registration: DealRegistration | None = to_one("The registration.")
    content: Content | None = to_one("The content.")


def _hit(found: Hit) -> SearchHit:
    return SearchHit(
        kind=found.kind,
        score=found.score,
        opportunity_id=found.id if found.kind is Kind.OPPORTUNITY else None,
        account_id=found.id if found.kind is Kind.ACCOUNT else None,
        contact_id=found.id if found.kind is Kind.CONTACT else None,
        registration_id=found.id if found.kind is Kind.REGISTRATION else None,
        content_id=found.id if found.kind is Kind.CONTENT else None,
    )


async def _search(requester: Requester, arguments: Mapping[str, Any]) -> list[SearchHit]:
    text, first = arguments["text"], arguments.get("first")
    most = USUAL if first is None else first
    if len(text) > LONGEST:
        raise ClientError(f"Search for at most {LONGEST} characters.", argument=("text",))
    if not 0 <= most <= MOST:
        raise ClientError(f"`first` is from 0 to {MOST}.", argument=("first",))
    return [_hit(found) for found in await search(database(), requester.viewer, text, most)]


@strawberry.type
class SearchQuery:
    @root(
        Made(_search, scan=Scan("opportunity", {"text": Look.FOUND}, times=2)),
        "Opportunities, accounts, contacts, registrations and content that the viewer can see and whose words match, "
        "best first. Every word must occur, in any case and accent: in opportunities and registrations any part of a "
        "word, elsewhere its beginning. Names of accounts and contacts are found with a letter wrong, too.",
    )
    async def search(
        self,
        info: Info,
        text: Annotated[
            str, strawberry.argument(description=f"The words, at most {LONGEST} characters of which 20 words count.")
        ],
        first: Annotated[
            int | None, strawberry.argument(description=f"The number of hits, at most {MOST}. Defaults to {USUAL}.")
        ] = USUAL,
    ) -> list[SearchHit]: ...
