"""The declaration of mutations: with the permission they take, and an answer that is always a payload."""

import inspect
from collections.abc import Awaitable, Callable, Collection
from dataclasses import is_dataclass
from functools import partial, wraps
from typing import Any, get_args, get_type_hints

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.audit import doing
from app.idempotency import claim, in_vain, once
from app.nouns import NOUNS, Noun
from app.outcomes import Faults, Refused, UserError
from app.vocabulary import ErrorCode
from schema.context import Context, Info
from schema.engine.declare import READ, Act
from schema.engine.ids import collecting
from schema.engine.run import fill
from schema.engine.scans import Scan
from schema.errors import ClientError, user_errors

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


def plain(given: Any) -> dict[str, Any]:
    """An input as plain data, without what wasn't said and without its `client_mutation_id`."""
    return {name: value for name, value in _said(given).items() if name != "client_mutation_id"}


def _said(given: Any) -> Any:
    if isinstance(given, list):
        return [_said(one) for one in given]
    if is_dataclass(given):
        return {name: _said(value) for name, value in vars(given).items() if value is not strawberry.UNSET}
    return given


def mutation(
    *, noun: Noun, description: str, scan: Scan | None = None
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """A mutation of one argument, `input`, and a payload type with `of(outcome)`. It takes the permission
    that its `noun` says. `scan`: what it looks through, where it changes more than what its input names.

    The function gives what its use case gave: a success or a `Refused`. A viewer without the permission is refused
    before it runs; an id that is none at all is a user error like any other. With a `clientMutationId` it is made once:
    its transaction is joined with the record's; a function with a third parameter, `claim`, sees to that itself.
    """

    def declare(function: Callable[..., Awaitable[Any]]) -> Any:
        payload_type = get_type_hints(function)["return"]
        signature = inspect.signature(function)
        claims = "claim" in signature.parameters
        outcomes = _outcomes(payload_type)
        needed = noun.permissions.get(to_camel_case(function.__name__))
        if needed is None:
            raise TypeError(f"{noun.table} doesn't say which permission {function.__name__} takes")

        async def change(context: Context, input: Any, field_name: str) -> Any:
            if not context.viewer.may(needed):
                return Refused((UserError(ErrorCode.FORBIDDEN, "Your role may not do this."),))
            called = partial(function, None, Called(context), input)
            if input.client_mutation_id is None:
                return await called()
            made = claim(context.viewer.user_id, input.client_mutation_id, field_name, plain(input), outcomes)
            if isinstance(made, Refused):
                return made
            return await (called(made) if claims else once(made, called))

        async def act(context: Context, input: Any, field_name: str) -> Any:
            try:
                with doing(field_name, context.request_id):
                    outcome = await change(context, input, field_name)
            except ClientError as error:  # of an id, before anything was done
                outcome = await _all_wrong(error, partial(function, None, Called(context), input))
            payload = payload_type.of(outcome)
            payload.user_errors = user_errors(outcome.errors) if isinstance(outcome, Refused) else []
            payload.client_mutation_id = input.client_mutation_id
            return payload

        @wraps(function)
        async def run(self: Any, info: Info, input: Any) -> Any:  # noqa: ARG001
            acting = partial(act, info.context, input, info.field_name)
            return await fill(info, await info.context.once(str(info.path.key), acting))

        seen = [parameter for name, parameter in signature.parameters.items() if name != "claim"]
        run.__signature__ = signature.replace(parameters=seen)  # type: ignore[attr-defined]
        metadata = {PERMISSION: needed, READ: Act(act, scan)}
        return strawberry.mutation(run, description=description, metadata=metadata)

    return declare


def check_permissions(names: Collection[str]) -> None:
    """Raises `TypeError` where a noun speaks of a mutation that isn't among these."""
    unknown = [name for noun in NOUNS for name in noun.permissions if name not in names]
    if unknown:
        raise TypeError(f"there is no mutation {', '.join(unknown)}")


async def _all_wrong(error: ClientError, change: Callable[[], Awaitable[Any]]) -> Refused:
    """What is wrong with a form besides `error`: it is tried as if its ids were those of nothing, and undone."""
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
    return Refused((UserError(ErrorCode.INVALID, error.message, tuple(map(str, path))),))


class Called:
    """All of an `Info` that a mutation may use, so that it can do without graphql-core."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        self.context = context


def _outcomes(payload_type: Any) -> tuple[type, ...]:
    """What `payload_type.of` takes, without the refusals."""
    (taken,) = (hint for name, hint in get_type_hints(payload_type.of).items() if name != "return")
    return tuple(one for one in get_args(taken) or (taken,) if not issubclass(one, Refused))
