"""Declarations of connections: fields that take a page's arguments, and some of their own."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Paged, with_arguments
from schema.engine.serve.resolvers import root

_PAGE = {"first": First, "after": After, "last": Last, "before": Before}


def connection(read: Paged, description: str, **arguments: Any) -> Any:
    """A field of an object. `arguments`: besides the page's, in their order; null by default."""
    return with_arguments(read, description)(_function(arguments))


def root_connection(read: Paged, description: str, **arguments: Any) -> Any:
    """As `connection`, of the query. `first`, where it is given, stands for the page's."""
    return root(read, description)(_function(arguments))


def _function(arguments: dict[str, Any]) -> Callable[..., Any]:
    """A function with these arguments, as Strawberry reads them from it; it is never run."""

    def declared(self: Any, info: Info) -> Any: ...

    taken = {**_PAGE, **arguments}
    fixed = [*Signature.from_callable(declared).parameters.values()]
    given = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=type_) for name, type_ in taken.items()]
    vars(declared)["__signature__"] = Signature([*fixed, *given])
    return declared
