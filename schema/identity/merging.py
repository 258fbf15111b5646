"""Merging accounts that are one customer, and undoing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.database.sql import Sql, sql
from app.deals.merging import MOST, UNDO_DAYS, AccountsMerged, MergeUndone, merge_accounts, undo_merge
from app.identity.viewer import Viewer
from app.outcomes import Refused
from schema.engine.declare import Key, Listing, column, entity, expression, to_many, to_one
from schema.engine.ids import decode, decode_all
from schema.engine.sql.frame import Bindings, Frame
from schema.mutation import Payload, client_mutation_id, mutation
from schema.node import Node

if TYPE_CHECKING:
    from schema.identity.types import Account, User


def _merged_id(frame: Frame) -> Sql:
    return sql("'acc_' || {}::text", frame.column("merged_id"))


def _name(frame: Frame) -> Sql:
    return sql("{} ->> 'name'", frame.column("record"))


def _undoable_until(frame: Frame) -> Sql:
    return sql(
        f"CASE WHEN {{}} IS NULL THEN {{}} + interval '{UNDO_DAYS} days' END",
        frame.column("undone_at"),
        frame.column("at"),
    )


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("at"), "timestamptz", descending=True), Key(frame.column("id"), "uuid", descending=True)]


MERGES_OF_ACCOUNT = Listing("account-merges", _newest_first, link="kept_id")


@entity(nouns.ACCOUNT_MERGE, description="An account that was merged into another. Visible to the vendor only.")
class AccountMerge(Node):
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] = to_one(
        "The account that it went into.", column="kept_id"
    )
    merged_id: strawberry.ID = expression(
        _merged_id, "The id of the merged account, by which `account` and mutations still find the kept one."
    )
    merged_name: str = expression(_name, "The name of the merged account.")
    at: datetime = column("The date and time of the merge.")
    by: Annotated["User", strawberry.lazy("schema.identity.types")] | None = to_one("The user who merged it.")
    undoable_until: datetime | None = expression(
        _undoable_until, "The date and time until which it can be undone; null once it was."
    )
    undone_at: datetime | None = column("The date and time when it was undone; null if it wasn't.")
    undone_by: Annotated["User", strawberry.lazy("schema.identity.types")] | None = to_one("The user who undid it.")


@strawberry.input(description="Input of `mergeAccounts`.")
class MergeAccountsInput:
    keep_id: strawberry.ID = strawberry.field(description="The account to keep. Its fields stay as they are.")
    merge_ids: list[strawberry.ID] = strawberry.field(
        description=f"The accounts that are the same customer, at most {MOST}. They are no more afterwards."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `undoAccountMerge`.")
class UndoAccountMergeInput:
    merge_id: strawberry.ID = strawberry.field(description="The merge, as `Account.merges` has it.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `mergeAccounts`.")
class MergeAccountsPayload(Payload):
    account_id: strawberry.Private[UUID | None]
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] | None = to_one(
        "The kept account after the merge; null if nothing was changed."
    )
    moved: int = strawberry.field(default=0, description="The number of opportunities that came to the kept account.")

    @classmethod
    def of(cls, outcome: AccountsMerged | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(account_id=None)
        return cls(account_id=outcome.account_id, moved=outcome.moved)


@strawberry.type(description="The result of `undoAccountMerge`.")
class UndoAccountMergePayload(Payload):
    merge_id: strawberry.Private[UUID | None]
    account_id: strawberry.Private[UUID | None]
    merge: AccountMerge | None = to_one("The merge; null if nothing was changed.")
    account: Annotated["Account", strawberry.lazy("schema.identity.types")] | None = to_one(
        "The account that is there again; null if nothing was changed."
    )

    @classmethod
    def of(cls, outcome: MergeUndone | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(merge_id=None, account_id=None)
        return cls(merge_id=outcome.merge_id, account_id=outcome.account_id)


MergeInput = Annotated[MergeAccountsInput, strawberry.argument(description="The accounts.")]
UndoInput = Annotated[UndoAccountMergeInput, strawberry.argument(description="The merge.")]


@strawberry.type
class MergingMutation:
    @mutation(
        payload=MergeAccountsPayload,
        noun=nouns.ACCOUNT_MERGE,
        description="Merges accounts that are the same customer. Opportunities, contacts and all else of theirs go to "
        "the kept account; their ids, external ids and names lead to it. A partner's account can go into one of the "
        f"same partner or of the vendor. Can be undone within {UNDO_DAYS} days.",
    )
    async def merge_accounts(self, viewer: Viewer, input: MergeInput) -> AccountsMerged | Refused:
        return await merge_accounts(
            viewer, decode(input.keep_id, "acc", "keepId"), decode_all(input.merge_ids, "acc", "mergeIds")
        )

    @mutation(
        payload=UndoAccountMergePayload,
        noun=nouns.ACCOUNT_MERGE,
        description="Undoes a merge: the account is there again, with all of its that hasn't gone elsewhere since.",
    )
    async def undo_account_merge(self, viewer: Viewer, input: UndoInput) -> MergeUndone | Refused:
        return await undo_merge(viewer, decode(input.merge_id, "mrg", "mergeId"))


MERGES = to_many(
    MERGES_OF_ACCOUNT, "The accounts that were merged into it, newest first. Visible to the vendor only.", rows=2
)
