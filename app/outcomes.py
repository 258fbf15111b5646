"""Failures of use cases as values: what was asked can't be done, with a code, a path and a way out."""

from dataclasses import dataclass

from app.vocabulary import ErrorCode


@dataclass(frozen=True, slots=True)
class UserError:
    """Something the user can mend. `path` leads to the part of the input, in the API's spelling; `message` names a way
    out."""

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed. `errors` is never empty."""

    errors: tuple[UserError, ...]


def refused(code: ErrorCode, message: str, *path: str) -> Refused:
    return Refused((UserError(code, message, path),))
