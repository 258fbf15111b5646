"""Verification of the audit log's chain, a part at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.audit.chain import Gone, Head
from app.audit.parts import MOST, PartVerified, verify_part
from app.database import database
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.serve.resolvers import root
from schema.errors import ClientError
from schema.operating.rights import administrators_own

LONGEST_HEAD = 100


@strawberry.type(description="A part of the chain that was sealed again, because entries lawfully lost what they held.")
class AuditResealing:
    link: int = strawberry.field(description="The number of the first link that was sealed again.")
    at: datetime = strawberry.field(description="The date and time.")
    entries: int = strawberry.field(description="The number of entries that lost something.")
    reason: str = strawberry.field(description="The reason.")


@strawberry.type(description="The outcome of verifying a part of the audit log's chain.")
class AuditVerification:
    head: str = strawberry.field(
        description="The last link that holds, as `NUMBER:HASH`. Pass it as `after` to go on; once `complete`, keep it "
        "elsewhere, and pass it as `expected` some other day: then nothing before it can have been changed."
    )
    link: int = strawberry.field(description="The number of that link.")
    last_link: int = strawberry.field(description="The number of the newest link.")
    since_link: int = strawberry.field(
        description="The number of the link behind which the chain begins: 0, or the one that was kept in the place of "
        "entries that have been dropped by age."
    )
    complete: bool = strawberry.field(description="Whether the chain was verified up to its newest link.")
    problem: str | None = strawberry.field(
        description="The reason why the link after `head` doesn't hold; null if all hold that were verified."
    )
    unsealed: int = strawberry.field(
        description="The number of entries that are not in the chain yet. They are sealed within about a minute."
    )
    resealed: list[AuditResealing] = strawberry.field(
        description="The links that were sealed again, oldest first, where links that were verified just now are "
        "behind it."
    )

    @classmethod
    def of(cls, part: PartVerified) -> "AuditVerification":
        return cls(
            head=str(part.head),
            link=part.head.number,
            last_link=part.last,
            since_link=part.since,
            complete=part.complete,
            problem=part.problem,
            unsealed=part.unsealed,
            resealed=[
                AuditResealing(link=one.number, at=one.at, entries=one.entries, reason=one.reason)
                for one in part.resealed
            ],
        )


def _head(given: str | None, name: str) -> Head | None:
    """Raises `ClientError`."""
    if given is None:
        return None
    try:
        head = Head.parse(given) if len(given) <= LONGEST_HEAD and given.isascii() else None
    except ValueError:
        head = None
    if head is None or len(head.hash) != 32 or not 0 <= head.number < 2**63:
        raise ClientError("A link is written `NUMBER:HASH`, as `head` has it.", argument=(name,))
    return head


async def _verified(requester: Requester, arguments: Mapping[str, Any]) -> AuditVerification:
    administrators_own(requester)
    after, expected = _head(arguments.get("after"), "after"), _head(arguments.get("expected"), "expected")
    try:
        return AuditVerification.of(await verify_part(database(), after, expected))
    except Gone as gone:
        name = "after" if after is not None and after.number < gone.since.number else "expected"
        raise ClientError(f"{gone}; begin without it.".capitalize(), argument=(name,)) from None


AfterLink = Annotated[
    str | None,
    strawberry.argument(description="The `head` of the part before, behind which to go on. By default from the start."),
]
ExpectedLink = Annotated[
    str | None,
    strawberry.argument(
        description="A head that was kept from an earlier verification: that the chain doesn't pass through it is a "
        "`problem`."
    ),
]


@strawberry.type
class AuditVerificationQuery:
    @root(
        Made(_verified, rows=MOST),
        f"Verifies up to {MOST:,} links of the audit log's chain of hashes, and says where to go on. For "
        "administrators of the vendor; null and `FORBIDDEN` for others.",
    )
    async def audit_verification(
        self, info: Info, after: AfterLink = None, expected: ExpectedLink = None
    ) -> AuditVerification | None: ...
