"""What is taken without graphql-core is what graphql-core would have made of it."""

from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    Undefined,
    coerce_input_value,
    get_nullable_type,
    is_non_null_type,
)
from hypothesis import given
from hypothesis import strategies as some

from schema import schema
from schema.engine.read.variables import ODD, taking

INPUTS = [type_ for type_ in schema._schema.type_map.values() if isinstance(type_, GraphQLInputObjectType)]
TAKEN = [type_ for type_ in INPUTS if taking(type_) is not None]
ANYTHING = some.sampled_from(
    [None, "", "opp_1", 0, 7, -(2**31), 2**31, 1.0, 1.5, True, [], ["a"], [None], {}, {"a": 1}]
)
OF_NAMES = {"ID": some.text(), "String": some.text(), "Boolean": some.booleans(), "Int": some.integers(-5, 5)}


def values(type_: Any) -> some.SearchStrategy[Any]:
    """Of the type, mostly."""
    inner = get_nullable_type(type_)
    fitting: some.SearchStrategy[Any]
    if isinstance(inner, GraphQLList):
        fitting = some.lists(values(inner.of_type), max_size=3)
    elif isinstance(inner, GraphQLInputObjectType):
        needed = {name: values(f.type) for name, f in inner.fields.items() if is_non_null_type(f.type)}
        others = {name: values(f.type) for name, f in inner.fields.items() if name not in needed}
        fitting = some.fixed_dictionaries(needed, optional={**others, "stranger": ANYTHING})
    else:
        fitting = OF_NAMES.get(inner.name, ANYTHING)
    return some.one_of(fitting, fitting, fitting, fitting, ANYTHING if is_non_null_type(type_) else some.none())


def test_most_mutations_take_theirs_without_graphql_core() -> None:
    assert {"AdvanceStageInput", "MarkCriterionInput", "QuestionInput"} <= {type_.name for type_ in TAKEN}


@given(some.sampled_from(TAKEN).flatmap(lambda type_: some.tuples(some.just(type_), values(type_))))
def test_what_is_taken_is_what_it_is_coerced_to(case: tuple[GraphQLInputObjectType, Any]) -> None:
    type_, value = case
    take = taking(type_)
    assert take is not None
    taken = ODD if value is None else take(value)
    if taken is not ODD:
        coerced = coerce_input_value(value, type_)
        assert coerced is not Undefined
        assert coerced == taken


def test_an_input_that_leaves_out_what_has_a_default_is_taken_as_well() -> None:
    [type_] = [type_ for type_ in TAKEN if type_.name == "AdvanceStageInput"]
    take, given = taking(type_), {"opportunityId": "opp_1", "toStageKey": "proposal"}
    assert take is not None
    assert take(given) == coerce_input_value(given, type_)
