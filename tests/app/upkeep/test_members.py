"""`stagepath admin`, `users` and `partners`, run in this process on a real database."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import main
from app.settings import use_settings
from tests.serving import settings_for

Run = Callable[..., Result]
ADA = ("--name", "Ada", "--email", "ada@example.com")


@pytest.fixture
def run(database_url: str, tmp_path: Any) -> Any:
    """A command's result; its words are split at blanks, but for those in “quotes”."""

    def run_one(*words: str) -> Result:
        use_settings(settings_for(database_url, tmp_path, row_level_security=False))
        try:
            return CliRunner().invoke(main, list(words))
        finally:
            use_settings(None)

    return run_one


def succeeds(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", result.stdout)


def fails(result: Result) -> str:
    assert result.exit_code == 1, (result.output, result.exception)
    assert result.stdout == ""
    return result.stderr


def test_a_first_day_by_commands_alone(run: Run) -> None:
    assert succeeds(run("users", "list")) == "No users yet: `stagepath admin create` creates the first.\n"
    early = ("users", "create", "--name", "V", "--email", "v@x.de", "--role", "CHANNEL_MANAGER")
    assert fails(run(*early)) == "There is no vendor yet: `stagepath admin create` comes first.\n"
    assert succeeds(run("admin", "create", *ADA, "--vendor", "Northwind")) == "Ada administers the programme: ID\n"
    assert "say `--another`" in fails(run("admin", "create", "--name", "Bo", "--email", "bo@example.com"))
    assert (
        succeeds(run("partners", "create", "--name", "Alpine IT", "--tier", "GOLD"))
        == "Created the partner Alpine IT: ID\n"
    )
    assert "key “alpine-it”" in fails(run("partners", "create", "--name", "ALPINE it"))
    sue = ("--email", "sue@example.com", "--role", "PARTNER_SELLER", "--partner", "alpine-it")
    assert succeeds(run("users", "create", "--name", "Sue", *sue)) == "Invited Sue: ID\n"
    again = ("--email", "SUE@example.com", "--role", "PARTNER_SELLER", "--partner", "alpine-it")
    assert fails(run("users", "create", "--name", "Sue", *again)).startswith("Sue has this address already")
    assert succeeds(run("users", "role", "sue@example.com", "PARTNER_MANAGER")) == "Sue is PARTNER_MANAGER.\n"
    assert fails(run("users", "role", "Sue", "VENDOR_ADMIN")) == (
        "A partner's people are PARTNER_MANAGER or PARTNER_SELLER.\n"
    )
    assert succeeds(run("users", "deactivate", "Sue")) == "Sue can't sign in any more.\n"
    assert "deactivated" in succeeds(run("users", "list", "--inactive"))
    assert succeeds(run("users", "activate", "sue@example.com")) == "Sue can sign in.\n"
    assert succeeds(run("partners", "create", "--name", "Bright Water")) == "Created the partner Bright Water: ID\n"
    moved = run("users", "move", "Sue", "--partner", "bright-water", "--role", "PARTNER_SELLER")
    assert succeeds(moved) == "Sue works for bright-water.\n"
    assert succeeds(run("users", "list", "--partner", "alpine-it")).startswith("No users yet")
    listed = succeeds(run("users", "list")).splitlines()
    assert [re.split(r" {2,}", line)[1:5] for line in listed] == [
        ["Ada", "ada@example.com", "VENDOR_ADMIN", "Northwind"],
        ["Sue", "sue@example.com", "PARTNER_SELLER", "Bright Water"],
    ]
    assert [re.split(r" {2,}", line)[1:4] for line in succeeds(run("partners", "list")).splitlines()] == [
        ["alpine-it", "Alpine IT", "GOLD"],
        ["bright-water", "Bright Water", "-"],
    ]


def test_the_last_administrator_stays_and_nobody_unknown_is_changed(run: Run) -> None:
    succeeds(run("admin", "create", *ADA))
    assert fails(run("users", "deactivate", "Ada")).startswith("Ada is the last administrator who can sign in")
    assert fails(run("users", "role", "Ada", "CHANNEL_MANAGER")).startswith("Ada is the last administrator")
    assert fails(run("users", "activate", "Nobody")).startswith("Nobody is called “Nobody”")
    assert fails(run("users", "list", "--partner", "none")).startswith("No partner has the key “none”")
    succeeds(run("admin", "create", "--another", "--name", "Ada", "--email", "other@example.com"))
    assert fails(run("users", "deactivate", "Ada")).startswith("Several are called “Ada”")
    assert succeeds(run("users", "deactivate", "other@example.com")) == "Ada can't sign in any more.\n"
