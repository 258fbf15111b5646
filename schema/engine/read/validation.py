"""graphql-core's rules, run so that nothing of a document is left for the collector of cycles to find.

As `graphql.validate` runs them. Its visitors hold each other and all that they saw: megabytes of a large document,
which Python frees by looking at every object there is, while nobody is answered.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ParallelVisitor,
    TypeInfo,
    TypeInfoVisitor,
    ValidationContext,
    ValidationRule,
    ValuesOfCorrectTypeRule,
    specified_rules,
    visit,
)
from graphql.validation.validate import query_document_keys_to_validate
from graphql.validation.validation_context import NodeWithSelectionSet, VariableUsage, VariableUsageVisitor
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

MOST_ERRORS = 20


class Enough(Exception):
    """There is no need to look any further."""


class FirstWrongValue(ValuesOfCorrectTypeRule):
    """One is told of, not all: each error shows the whole value that it stands in, however large that is."""

    def report_error(self, error: GraphQLError) -> None:
        super().report_error(error)
        raise Enough


class _Context(ValidationContext):
    def get_variable_usages(self, node: NodeWithSelectionSet) -> list[VariableUsage]:
        """As graphql-core finds them; its visitors hold each other, too."""
        usages = self._variable_usages.get(node)
        if usages is None:
            visitor = VariableUsageVisitor(self._type_info, node if isinstance(node, FragmentDefinitionNode) else None)
            around = TypeInfoVisitor(self._type_info, visitor)
            visit(node, around)
            usages = self._variable_usages[node] = visitor.usages
            for one in (around, visitor):
                vars(one).clear()
        return usages


_REPLACED: Mapping[type[Any], type[ValidationRule]] = {ValuesOfCorrectTypeRule: FirstWrongValue}

RULES: tuple[type[ASTValidationRule], ...] = (
    *(_REPLACED.get(rule, rule) for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


def validated(
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: tuple[type[ASTValidationRule], ...] = RULES,
    *,
    hide_suggestions: bool = True,
) -> list[GraphQLError]:
    """The errors that the rules find; at most `MOST_ERRORS`, and then that there may be more."""
    errors: list[GraphQLError] = []
    types = TypeInfo(schema)

    def report(error: GraphQLError) -> None:
        if len(errors) >= MOST_ERRORS:
            errors.append(GraphQLError(f"There may be more: these are the first {MOST_ERRORS}."))
            raise Enough
        errors.append(error)

    context = _Context(schema, document, types, report, hide_suggestions)
    visitors: list[Any] = [rule(context) for rule in rules]
    all_ = ParallelVisitor(visitors)
    around = TypeInfoVisitor(types, all_)
    try:
        visit(document, around, query_document_keys_to_validate)
    except Enough:
        pass
    except RecursionError:
        errors.append(GraphQLError("The document is nested too deeply.", extensions={"code": "DEPTH_LIMIT"}))
    finally:
        for one in (context, around, all_, *visitors):
            vars(one).clear()
    return errors
