"""How a mutation is declared: with the permission it takes, and an answer that is always a payload."""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, get_type_hints

import strawberry

from app.outcomes import Refused, UserError
from app.vocabulary import ErrorCode, Permission
from schema.context import Info
from schema.engine.run import fill
from schema.errors import ClientError, user_errors

PERMISSION = "stagepath.permission"


def client_mutation_id() -> Any:
    return strawberry.field(
        default=None, description="Any text of yours; it comes back in the payload, so that you can tell answers apart."
    )


def mutation(*, permission: Permission, description: str) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """A mutation of one argument, `input`, and a payload type with `of(outcome)`.

    The function gives what its use case gave: a success or a `Refused`. A viewer without the permission is refused
    before it runs; an id that is none at all is a user error like any other.
    """

    def declare(function: Callable[..., Awaitable[Any]]) -> Any:
        payload_type = get_type_hints(function)["return"]

        @wraps(function)
        async def run(self: Any, info: Info, input: Any) -> Any:
            viewer = info.context.viewer
            if not viewer.may(permission):
                outcome: Any = Refused((UserError(ErrorCode.FORBIDDEN, "Your role may not do this."),))
            else:
                try:
                    outcome = await function(self, info, input)
                except ClientError as error:
                    path = (error.extensions or {}).get("argument", [])
                    outcome = Refused((UserError(ErrorCode.INVALID, error.message, tuple(map(str, path))),))
            payload = payload_type.of(outcome)
            payload.user_errors = user_errors(outcome.errors) if isinstance(outcome, Refused) else []
            payload.client_mutation_id = input.client_mutation_id
            return await fill(info, payload)

        signature = inspect.signature(function)
        run.__signature__ = signature  # type: ignore[attr-defined]
        return strawberry.mutation(run, description=description, metadata={PERMISSION: permission})

    return declare
