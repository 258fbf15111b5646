"""What the pages for frontend developers say of codes, settings and the schema is so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

import schema
from app.identity import tokens
from app.settings import Settings
from app.vocabulary import ErrorCode, OpportunityOrderField
from app.web import authentication

ROOT = Path(__file__).parents[1]
CLIENTS, SIGN_IN = ((ROOT / "docs" / name).read_text("utf-8") for name in ("clients.md", "sign-in.md"))
CODE = re.compile(r"[A-Z]{4,}|[A-Z]+(?:_[A-Z]+)+")
TOLD_BY = (
    *("app/web", "schema/engine", "schema/event", "schema/guidance", "schema/opportunity"),
    *("schema/errors.py", "schema/masking.py"),
)
NO_CODES = {
    *(
        "DELETE",
        "OPTIONS",
        "PATCH",
        "POST",
        "HEAD",
        "UNKNOWN_USER",
        "UNKNOWN_CLIENT",
        "INVALID_CLIENT",
        "SCIM_TOKEN",
        "NO_ACCESS",
        "RELEVANCE",
        "TRUE",
        "FALSE",
        "NULL",
        "DESC",
        "FORWARDED_ALLOW_IPS",
    ),
    *map(str, OpportunityOrderField),
}
"""Words in capitals that are something else: methods, an entry of the audit log, words of SQL, orders of lists, a
variable of uvicorn's."""


def constants() -> Iterator[str]:
    """Texts in the sources of what answers that are codes, or look like it."""
    for place in map(ROOT.joinpath, TOLD_BY):
        for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and CODE.fullmatch(text) and not text.startswith("STAGEPATH_"):
                    yield text


def listed(page: str) -> set[str]:
    return {code for code in re.findall(r"`([A-Z_]+)`", page) if CODE.fullmatch(code)}


def test_the_list_of_codes_has_all_of_them_and_no_other() -> None:
    section = CLIENTS.partition("## What goes wrong")[2].partition("\n## ")[0]
    user_errors, others = section.partition("Everything else stands in `errors`")[::2]
    assert listed(user_errors.partition("|---|---|")[2]) == set(ErrorCode)
    sent = set(constants()) - NO_CODES
    assert sent - listed(others) - WIRE - set(ErrorCode) == set()
    assert listed(others) - sent - set(ErrorCode) == set()


WIRE = {"WEBSOCKET_ABUSED", "SERVER_STOPPING"}
"""What the counters of refusals call it, and what graphql-core alone would say; no client is told."""


@pytest.mark.parametrize("page", [CLIENTS, SIGN_IN], ids=["clients", "sign-in"])
def test_settings_that_are_named_are_there(page: str) -> None:
    named = {name.lower() for name in re.findall(r"STAGEPATH_([A-Z_]+)", page)}
    assert named <= set(Settings.model_fields)


def test_documents_on_the_page_are_of_the_schema() -> None:
    found = re.findall(r"```graphql\n(.*?)```", CLIENTS, re.DOTALL)
    assert len(found) >= 2
    for text in found:
        assert validate(build_schema(schema.printed()), parse(text)) == []


def test_every_reason_for_which_a_token_is_refused_is_on_the_page() -> None:
    reasons = [*tokens._MESSAGES.values(), *authentication._STRANGERS.values()]
    assert [reason for reason in reasons if reason.partition(":")[0] not in SIGN_IN] == []
