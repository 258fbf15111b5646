"""Errors for clients: `ClientError` for a request that can't be answered, `UserError` in a payload."""

from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError

from app import outcomes
from schema.enums import ErrorCode

LONGEST_MESSAGE = 1_000
"""Characters."""

_SYNTAX_CODES = (
    ("Document contains more than", "TOKEN_LIMIT"),
    ("Source contains more than", "LENGTH_LIMIT"),
    ("Document is nested too deeply", "DEPTH_LIMIT"),
)


class ClientError(GraphQLError):
    """Shown as it is: the client can mend it. `argument` leads to what is wrong inside the field's arguments."""

    def __init__(
        self, message: str, code: str = "INVALID", argument: Sequence[str | int] = (), **extensions: Any
    ) -> None:
        shown: dict[str, Any] = {"code": code, **extensions}
        if argument:
            shown["argument"] = list(argument)
        super().__init__(message, extensions=shown)


@strawberry.type(description="A problem with the input of a mutation that the user can fix. Nothing was changed.")
class UserError:
    code: ErrorCode = strawberry.field(description="The kind of error; stable, for programs.")
    message: str = strawberry.field(
        description=("A description of the error and its remedy in English, suitable for display.")
    )
    path: list[str] = strawberry.field(
        description=(
            'The path of the field in the input, outermost first: `["amount", "currency"]`. Empty for the whole input.'
        )
    )


def user_errors(errors: Sequence[outcomes.UserError]) -> list[UserError]:
    return [UserError(code=ErrorCode(e.code), message=e.message, path=list(e.path)) for e in errors]


def shortened(message: str) -> str:
    """As much of it as one reads: names and values that clients send stand in it."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}…"


def coded(error: GraphQLError, code: str) -> GraphQLError:
    extensions = error.extensions or {}
    extensions.setdefault("code", code)
    error.extensions = extensions
    return error


def syntax_code(error: GraphQLSyntaxError) -> str:
    return next((code for words, code in _SYNTAX_CODES if words in error.message), "GRAPHQL_PARSE_FAILED")
