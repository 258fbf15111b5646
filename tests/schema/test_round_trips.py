"""What an input field is given comes to be, and is given back by the API. How to add a field: see `round_trips`."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, get_nullable_type, is_list_type

from tests.schema.mutation_matrix import Objects
from tests.schema.paths import selection, value_at
from tests.schema.round_trips import ADMIN, TRIPS, UNREADABLE, Trip
from tests.schema.test_mutation_matrix import MUTATIONS, input_of
from tests.schema.world import SELLER, Demo

Given = Mapping[str, Any]


def leaves(type_: GraphQLInputObjectType, before: str = "") -> Iterator[tuple[str, str]]:
    """Every field that takes a value of its own, and where it is read if its object has it under its name."""
    for name, each in type_.fields.items():
        inner = get_named_type(each.type)
        if isinstance(inner, GraphQLInputObjectType):
            item = "[0]" if is_list_type(get_nullable_type(each.type)) else ""
            for path, place in leaves(inner):
                yield f"{name}.{path}", f"{name}{item}.{place}"
        else:
            yield name, name


def is_unreadable(mutation: str, path: str) -> bool:
    return f"{mutation}.{path}" in UNREADABLE or path in UNREADABLE


def given_in(value: Any, path: str) -> list[Any]:
    """What an input gives at a path: of lists, the first that has it."""
    if isinstance(value, list):
        return next((found for one in value if (found := given_in(one, path))), [])
    name, _, rest = path.partition(".")
    if not isinstance(value, Mapping) or name not in value:
        return []
    return given_in(value[name], rest) if rest else [value[name]]


def places_of(trip: Trip) -> dict[str, str]:
    """Of what it gives, where each is read."""
    places = {path: trip.at.get(path, place) for path, place in leaves(input_of(trip.mutation))}
    return {path: place for path, place in places.items() if given_in(trip.given, path)}


def test_every_input_field_is_given_and_read_back() -> None:
    wanted = {
        (mutation, path)
        for mutation in MUTATIONS
        for path, _ in leaves(input_of(mutation))
        if path != "clientMutationId" and not is_unreadable(mutation, path)
    }
    assert {(trip.mutation, path) for trip in TRIPS for path in places_of(trip)} == wanted


def test_nothing_is_unreadable_that_is_not_there() -> None:
    known = {
        name
        for mutation in MUTATIONS
        for path, _ in leaves(input_of(mutation))
        for name in (path, f"{mutation}.{path}")
    }
    assert UNREADABLE.keys() <= known


def test_what_is_given_is_no_default() -> None:
    for trip in TRIPS:
        for name, each in input_of(trip.mutation).fields.items():
            assert name not in trip.given or trip.given[name] != each.default_value, (trip.mutation, name)


async def resolved(objects: Objects, value: Any) -> Any:
    if callable(value):
        return await value(objects)
    if isinstance(value, list):
        return [await resolved(objects, one) for one in value]
    if isinstance(value, Mapping):
        return {name: await resolved(objects, one) for name, one in value.items()}
    return value


ASKING = {"query": ADMIN, "seller": SELLER}


def where(place: str) -> tuple[str, str]:
    """In which of the answers, and where there."""
    first, _, rest = place.partition(".")
    return (first, rest) if first in ("payload", *ASKING) else ("object", place)


def within(name: str, places: Mapping[str, str]) -> list[str]:
    return [rest for place in places.values() for first, rest in [where(place)] if first == name]


async def carried_out(demo: Demo, trip: Trip, given: Given, places: Mapping[str, str]) -> dict[str, Any]:
    """All that is to be looked at: `payload`, the answers of `ASKING`, and the object itself under `object`."""
    own = within("payload", places)
    object_ = f"{trip.about} {{ id }}" if trip.about else ""
    document = f"""mutation($input: {input_of(trip.mutation).name}!) {{ {trip.mutation}(input: $input) {{
      {object_} {selection(own)} clientMutationId userErrors {{ code message path }} }} }}"""
    payload = (await demo.run(document, ADMIN, input=given))[trip.mutation]
    found = {"payload": payload}
    if payload["userErrors"]:
        return found
    for name, who in ASKING.items():
        if asked := within(name, places):
            found[name] = await demo.run(f"{{ {selection(asked)} }}", who)
    if trip.about:
        found["object"] = await read_again(demo, trip, payload[trip.about]["id"], within("object", places))
    return found


async def read_again(demo: Demo, trip: Trip, id: str, places: list[str]) -> Any:
    payload = get_named_type(MUTATIONS[trip.mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    type_ = get_named_type(payload.fields[trip.about].type).name
    fields = selection(["id", *places])
    return (await demo.run(f"query($id: ID!) {{ node(id: $id) {{ ... on {type_} {{ {fields} }} }} }}", ADMIN, id=id))[
        "node"
    ]


async def missed(objects: Objects, trip: Trip) -> list[tuple[str, str, Any, Any]]:
    """Which fields weren't read back as they were given: mutation, field, what should be read, what was."""
    given = await resolved(objects, trip.given) | {"clientMutationId": f"trip-{TRIPS.index(trip)}"}
    names = {name: value for name, value in given.items() if isinstance(value, str)}
    places = {path: place.format_map(names) for path, place in places_of(trip).items()}
    wanted = {path: given_in(given, path)[0] for path in places}
    for path, became in trip.became.items():
        wanted[path] = await became(objects, given) if callable(became) else became
    found = await carried_out(objects.demo, trip, given, places)
    if found["payload"]["userErrors"]:
        return [(trip.mutation, "", [], found["payload"]["userErrors"])]
    assert found["payload"]["clientMutationId"] == given["clientMutationId"]
    read = {path: value_at(found, ".".join(where(place))) for path, place in places.items()}
    return [(trip.mutation, path, wanted[path], read[path]) for path in places if read[path] != wanted[path]]


async def test_what_is_written_is_read_back(demo: Demo) -> None:
    objects = Objects(demo)
    await demo.database.fetch(
        "INSERT INTO content (id, key, title, kind, lifecycle_phase)"
        " VALUES (gen_random_uuid(), 'sample-piece', 'A piece', 'DECK', 'SELL')"
    )
    assert [miss for trip in TRIPS for miss in await missed(objects, trip)] == []
