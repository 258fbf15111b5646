"""The declaration of mutations: with the permission they take, and an answer that is always a payload."""

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.audit import doing
from app.database.acting import acting_as
from app.idempotency import Claim, claim, in_vain, once
from app.identity.viewer import PERMISSIONS, SCOPES, SUSPENDED, Viewer
from app.nouns import NOUNS, Noun
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ApiScope, ErrorCode, Permission
from schema.context import Context, Info
from schema.engine.declare import READ, Act
from schema.engine.ids import collecting
from schema.engine.scans import Scan
from schema.engine.serve.resolvers import fill
from schema.errors import ClientError, UserError, user_errors
from schema.fingerprints import formerly, plain

PERMISSION = "stagepath.permission"


def client_mutation_id() -> Any:
    return strawberry.field(
        default=None,
        description=(
            "A client-generated id of this change, at most 200 characters, preferably a UUID. Makes the mutation safe "
            "to retry: sent again with the same input, it changes nothing and returns the first answer; with another "
            "input it fails with `IDEMPOTENCY_MISMATCH`. Returned in the payload."
        ),
    )


@strawberry.type
class Payload:
    """The answer of a mutation. Each has besides `of(outcome)`, a class method that takes all that its mutations give:
    their successes, and `Refused`."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="The problems with the input that the user can fix. Empty if the mutation succeeded.",
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="The `clientMutationId` of the input.")


Outcome = TypeVar("Outcome")
Taken = TypeVar("Taken", contravariant=True)


class PayloadOf(Protocol[Taken]):
    """A `Payload` by what its `of` takes, so that a mutation that gives anything else doesn't pass the type check."""

    @classmethod
    def of(cls, outcome: Taken, /) -> Payload: ...


Perform = Callable[[Viewer, Any, Claim | None], Awaitable[Any]]
"""From the viewer, the input and the claim of its `clientMutationId`, if it has one, to the outcome."""


def mutation(
    *,
    payload: type[PayloadOf[Outcome]],
    noun: Noun,
    description: str,
    scan: Scan | None = None,
    many: str | None = None,
) -> Callable[[Callable[[Any, Viewer, Any], Awaitable[Outcome]]], Any]:
    """A mutation of one argument, `input`. It takes the permission that its `noun` says. `scan`: what it looks through,
    where it changes more than what its input names. `many`: the input's list of what it is done to, each at the price
    of a mutation.

    The function gives what its use case gave: a success or a `Refused`. A viewer without the permission is refused
    before it runs; an id that is none at all is a user error like any other. With a `clientMutationId` it is made once:
    its transaction is joined with the record's.
    """

    def declare(function: Callable[[Any, Viewer, Any], Awaitable[Outcome]]) -> Any:
        def perform(viewer: Viewer, input: Any, claimed: Claim | None) -> Awaitable[Any]:
            if claimed is None:
                return function(None, viewer, input)
            return once(claimed, partial(function, None, viewer, input))

        return _declared(function, perform, payload, noun, description, (scan, many))

    return declare


def claimed_mutation(
    *, payload: type[PayloadOf[Outcome]], noun: Noun, description: str, scan: Scan | None = None
) -> Callable[[Callable[[Any, Viewer, Any, Claim | None], Awaitable[Outcome]]], Any]:
    """As `mutation`, for a function that makes itself sure that it is made once: it is given the claim."""

    def declare(function: Callable[[Any, Viewer, Any, Claim | None], Awaitable[Outcome]]) -> Any:
        return _declared(function, partial(function, None), payload, noun, description, (scan, None))

    return declare


def _declared(
    function: Callable[..., Any],
    perform: Perform,
    payload: Any,
    noun: Noun,
    description: str,
    priced: tuple[Scan | None, str | None],
) -> Any:
    """`priced`: `scan` and `many` of `mutation`."""
    hints = get_type_hints(function, include_extras=True)
    outcomes = _successes(hints["return"])
    needed = noun.permissions.get(to_camel_case(function.__name__))
    if needed is None:
        raise TypeError(f"{noun.table} doesn't say which permission {function.__name__} takes")

    async def change(context: Context, input: Any, field_name: str) -> Any:
        viewer = context.viewer
        if viewer.suspended and not viewer.may(needed):
            return refused(ErrorCode.FORBIDDEN, SUSPENDED)
        if viewer.client is not None:
            if (lacking := client_lacks(viewer, needed)) is not None:
                return lacking
        elif not viewer.may(needed):
            return refused(ErrorCode.FORBIDDEN, "Your role may not do this.")
        if input.client_mutation_id is None:
            return await perform(viewer, input, None)
        given = (plain(input), formerly(input))
        claimed = claim(viewer.user_id, input.client_mutation_id, field_name, given, outcomes)
        if isinstance(claimed, Refused):
            return claimed
        return await perform(viewer, input, claimed)

    async def act(context: Context, input: Any, field_name: str) -> Any:
        try:
            with doing(context.by(field_name), context.request_id), acting_as(context.viewer.user_id):
                outcome = await change(context, input, field_name)
        except ClientError as error:  # of an id, before anything was done
            outcome = await _all_wrong(error, partial(perform, context.viewer, input, None))
        answer = payload.of(outcome)
        answer.user_errors = user_errors(outcome.errors) if isinstance(outcome, Refused) else []
        answer.client_mutation_id = input.client_mutation_id
        return answer

    async def run(self: Any, info: Any, input: Any) -> Any:  # noqa: ARG001
        acting = partial(act, info.context, input, info.field_name)
        return await fill(info, await info.context.once(str(info.path.key), acting))

    run.__name__, run.__module__ = function.__name__, function.__module__
    run.__annotations__ = {"info": Info, "input": hints["input"], "return": payload}
    metadata = {PERMISSION: needed, READ: Act(act, *priced)}
    return strawberry.mutation(run, description=description, metadata=metadata)


def client_lacks(viewer: Viewer, needed: Permission) -> Refused | None:
    """What keeps an API client from a mutation; what takes no more than reading, but of a person, takes writing."""
    assert viewer.client is not None
    scope = ApiScope.WRITE if needed is Permission.READ else SCOPES.get(needed)
    if needed not in PERMISSIONS[viewer.role]:
        return refused(ErrorCode.FORBIDDEN, "An API client of this organisation may not do this.")
    if scope is None:
        return refused(ErrorCode.FORBIDDEN, "An API client may not do this, with any scope: it takes a person.")
    if scope not in viewer.client.scopes:
        message = (
            f"The access token lacks the scope `{scope.lower()}`, which this takes: have it given to the API client."
        )
        return refused(ErrorCode.FORBIDDEN, message)
    return None


def check_permissions(names: Collection[str]) -> None:
    """Raises `TypeError` where a noun speaks of a mutation that isn't among these."""
    unknown = [name for noun in NOUNS for name in noun.permissions if name not in names]
    if unknown:
        raise TypeError(f"there is no mutation {', '.join(unknown)}")


async def _all_wrong(error: ClientError, change: Callable[[], Awaitable[Any]]) -> Refused:
    """The errors of a form besides `error`: it is tried as if its ids were those of nothing, and undone."""
    faults = Faults()
    try:
        with collecting() as wrong:
            tried = await in_vain(change)
        faults.note(*map(_refused, wrong), tried)
    except ClientError:
        faults.note(_refused(error))
    return faults.refused()


def _refused(error: ClientError) -> Refused:
    path = (error.extensions or {}).get("argument", [])
    return refused(ErrorCode.INVALID, error.message, *map(str, path))


def _successes(outcome: Any) -> tuple[type, ...]:
    """The classes of what a mutation gives when it works."""
    return tuple(one for one in get_args(outcome) or (outcome,) if not issubclass(one, Refused))
