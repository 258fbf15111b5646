"""Failures of use cases as values: what was asked can't be done, with a code, a path and a way out."""

from dataclasses import dataclass
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Outdated(Refused):
    """Somebody else changed meanwhile what `id` names: whoever is refused is shown it as it stands now."""

    id: UUID


def outdated(id: UUID, message: str, *path: str) -> Outdated:
    return Outdated((UserError(ErrorCode.CONFLICT, message, path),), id)


def as_it_stands(outcome: Refused) -> UUID | None:
    """What a refusal shows nevertheless."""
    return outcome.id if isinstance(outcome, Outdated) else None


class Faults:
    """All that is wrong with a form, in the order in which it is found; of what is wrong in one place, the first."""

    def __init__(self, *found: UserError) -> None:
        self._found: dict[tuple[str, ...], UserError] = {}
        for error in found:
            self._found.setdefault(error.path, error)

    def __bool__(self) -> bool:
        return bool(self._found)

    def note(self, *answers: object) -> None:
        """Of answers, those that are refusals."""
        for answer in answers:
            if isinstance(answer, Refused):
                for error in answer.errors:
                    self._found.setdefault(error.path, error)

    def beside(self, refusal: Refused) -> Refused:
        """`refusal`, and what is known besides; that something is outdated stands alone."""
        if isinstance(refusal, Outdated) or not self._found:
            return refusal
        return Refused((*refusal.errors, *(one for one in self._found.values() if one not in refusal.errors)))

    def at(self, *names: str) -> bool:
        """Whether something is wrong with one of these parts of the input."""
        return any(path[:1] == (name,) for path in self._found for name in names)

    def refusal(self) -> Refused | None:
        return self.refused() if self._found else None

    def refused(self) -> Refused:
        """There is something wrong."""
        assert self._found
        return Refused(tuple(self._found.values()))


def refused(code: ErrorCode, message: str, *path: str) -> Refused:
    return Refused((UserError(code, message, path),))
