"""The compose file and the image's recipe, held against what the settings read and the command offers."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml

from app import jobs
from app.cli import main
from app.secret_files import variable_of
from app.settings import Mode, Settings
from app.web.server import STOP_WITHIN_SECONDS

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OURS = ("server", "worker")
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")

KNOWN = {variable_of(Settings.model_config, field, name) for name, field in Settings.model_fields.items()}


def environment(service: str, **given: str) -> dict[str, str]:
    """As compose passes it on: each `${NAME:-default}` from what is given."""
    stated = SERVICES[service]["environment"].items()
    return {name: VARIABLE.sub(lambda m: given.get(m[1]) or m[2], str(value)) for name, value in stated}


def read(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


def test_there_are_a_database_a_server_and_a_worker() -> None:
    assert set(SERVICES) == {"postgres", *OURS}
    for name in OURS:
        assert SERVICES[name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_a_setting(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= KNOWN
    passed_on = {
        name for value in SERVICES[service]["environment"].values() for name, _ in VARIABLE.findall(str(value))
    }
    assert passed_on - {"POSTGRES_PASSWORD"} <= KNOWN


def test_every_variable_that_the_image_sets_is_a_setting() -> None:
    named = set(re.findall(r"\b(STAGEPATH_[A-Z_]+|DATABASE_URL)=", DOCKERFILE))
    assert named == {"STAGEPATH_HOST", "STAGEPATH_LOG_FORMAT"}
    assert named <= KNOWN


def test_the_image_has_the_pages_of_a_stage_of_its_own() -> None:
    [stage] = [part for part in DOCKERFILE.split("FROM ") if " AS pages" in part]
    assert "npm ci" in stage
    assert "npm run build" in stage
    assert "COPY --from=pages /srv/stagepath/app/portal/built /srv/stagepath/app/portal/built" in DOCKERFILE


@pytest.mark.parametrize("service", OURS)
def test_it_starts_as_it_stands_and_finds_the_database(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = read(monkeypatch, environment(service))
    assert chosen.mode is Mode.DEVELOPMENT
    assert chosen.database_url is not None
    url = urlsplit(chosen.database_url.get_secret_value())
    postgres = environment("postgres")
    assert (url.scheme, url.hostname, url.port) == ("postgresql", "postgres", 5432)
    assert (url.username, url.password, url.path[1:]) == (
        postgres["POSTGRES_USER"],
        postgres["POSTGRES_PASSWORD"],
        postgres["POSTGRES_DB"],
    )


@pytest.mark.parametrize("service", OURS)
def test_it_starts_in_production_mode_when_all_is_given(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "STAGEPATH_MODE": "production",
        "STAGEPATH_SECRET_KEY": "a-secret-of-no-less-than-32-characters",
        "STAGEPATH_JWT_ISSUER": "https://login.example/",
        "STAGEPATH_JWT_AUDIENCE": "stagepath",
        "STAGEPATH_JWKS_URL": "https://login.example/keys",
        "POSTGRES_PASSWORD": "another",
    }
    chosen = read(monkeypatch, environment(service, **given))
    assert chosen.mode is Mode.PRODUCTION
    assert chosen.database_url is not None
    assert ":another@" in chosen.database_url.get_secret_value()


def test_servers_answer_and_workers_work(monkeypatch: pytest.MonkeyPatch) -> None:
    server = read(monkeypatch, environment("server"))
    assert not server.worker_in_server
    assert server.host == "0.0.0.0"  # noqa: S104
    [published] = SERVICES["server"]["ports"]
    assert published.split(":")[-1] == str(server.port)
    assert f"EXPOSE {server.port}" in DOCKERFILE
    assert f"127.0.0.1:{server.port}/readyz" in DOCKERFILE
    assert "ports" not in SERVICES["worker"]
    assert SERVICES["worker"]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("service", OURS)
def test_nobody_is_killed_while_stopping(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drained = 5.0  # in production mode
    grace = float(SERVICES[service]["stop_grace_period"].removesuffix("s"))
    assert grace > drained + STOP_WITHIN_SECONDS + jobs.STOP_WITHIN_SECONDS + jobs.LATE_SECONDS


def test_their_commands_exist() -> None:
    known = set(typer.main.get_command(main).commands)  # type: ignore[attr-defined]
    commands = [SERVICES[name]["command"] for name in OURS] + [yaml.safe_load(DOCKERFILE.rsplit("CMD ", 1)[1])]
    assert commands == [["stagepath", "serve"], ["stagepath", "worker"], ["stagepath", "serve"]]
    assert {command[1] for command in commands} <= known


def test_what_must_not_be_in_an_image_is_left_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".env", ".git", ".stagepath", ".venv"} <= set(ignored)
    for needed in (
        "app",
        "schema",
        "guidance",
        "expressions",
        "prompts",
        "pyproject.toml",
        "uv.lock",
        "README.md",
        "LICENSE",
    ):
        assert needed not in ignored


def test_the_image_has_a_python_that_the_project_accepts() -> None:
    lowest = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    images = re.findall(r"FROM python:3\.(\d+)-slim", DOCKERFILE)
    assert lowest
    assert len(images) == 2
    assert all(int(version) >= int(lowest[1]) for version in images)
