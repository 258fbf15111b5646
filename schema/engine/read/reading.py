"""graphql-core's parser, run so that nothing of a text is left for the collector of cycles to find."""

from typing import Any

from graphql import DocumentNode, GraphQLSyntaxError, Source, Token
from graphql.language import Lexer
from graphql.language.parser import Parser


def parsed(text: str, **options: Any) -> DocumentNode:
    """As `graphql.parse`. Raises `GraphQLSyntaxError`."""
    lexer = Lexer(Source(text))
    first = lexer.token
    parser = Parser(lexer.source, lexer=lexer, **options)
    try:
        document = parser.parse_document()
    except RecursionError:  # as `graphql.parse` tells it
        message = "Document is nested too deeply. Parsing aborted."
        raise GraphQLSyntaxError(lexer.source, lexer.token.start, message) from None
    finally:
        _unlink(first)
    object.__setattr__(document, "token_count", parser.token_count)  # as `graphql.parse` does, past its being frozen
    return document


def _unlink(token: Token | None) -> None:
    """Take tokens out of their chain, in which each holds all others: only the collector could free a document, and
    while it looks for what to free, nobody is answered.
    """
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
