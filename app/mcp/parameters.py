"""The JSON Schema of an operation's variables, with the descriptions of the arguments that they fill."""

from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_named_type,
    type_from_ast,
    value_from_ast_untyped,
    visit,
)

_SCALARS: dict[str, dict[str, Any]] = {
    "Boolean": {"type": "boolean"},
    "Float": {"type": "number"},
    "Int": {"type": "integer"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "CurrencyCode": {"type": "string", "pattern": "^[A-Z]{3}$"},
}


def parameters(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, Any]:
    said = _Descriptions()
    info = TypeInfo(schema)
    said.info = info
    visit(operation, TypeInfoVisitor(info, said))
    properties: dict[str, Any] = {}
    required = []
    for variable in operation.variable_definitions or ():
        name = variable.variable.name.value
        type_ = type_from_ast(schema, variable.type)
        assert type_ is not None
        own = variable.description.value if variable.description else said.of.get(name)
        properties[name] = _described(_schema(type_), own)  # type: ignore[arg-type]
        if variable.default_value is not None:
            properties[name]["default"] = value_from_ast_untyped(variable.default_value)
        elif isinstance(type_, GraphQLNonNull):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


class _Descriptions(Visitor):
    """By variable: the description of what it is used for first."""

    info: TypeInfo

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, str] = {}
        self._at: str | None = None

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        argument = self.info.get_argument()
        self._note(node, argument.description if argument else None)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        parent = get_named_type(self.info.get_parent_input_type())
        assert isinstance(parent, GraphQLInputObjectType)
        self._note(node, parent.fields[node.name.value].description)

    def _note(self, node: ArgumentNode | ObjectFieldNode, description: str | None) -> None:
        if isinstance(node.value, VariableNode) and description:
            self.of.setdefault(node.value.name.value, description)


def _schema(type_: GraphQLInputType) -> dict[str, Any]:
    if isinstance(type_, GraphQLNonNull):
        return _schema(type_.of_type)
    if isinstance(type_, GraphQLList):
        return {"type": "array", "items": _schema(type_.of_type)}
    if isinstance(type_, GraphQLEnumType):
        meanings = "; ".join(f"{name}: {value.description}" for name, value in type_.values.items())
        return {"type": "string", "enum": list(type_.values), "description": meanings}
    if isinstance(type_, GraphQLInputObjectType):
        properties = {name: _described(_schema(field.type), field.description) for name, field in type_.fields.items()}
        required = [name for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return dict(_SCALARS.get(type_.name, {"type": "string"}))


def _described(schema: dict[str, Any], description: str | None) -> dict[str, Any]:
    said = " ".join(part for part in (description, schema.get("description")) if part)
    return {**schema, "description": said} if said else schema
