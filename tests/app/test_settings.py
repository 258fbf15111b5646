import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr, ValidationError

from app.secret_files import MOST_BYTES, is_secret, variable_of
from app.settings import DEVELOPMENT_PREFIX, Mode, Settings, SettingsError, settings, use_settings

PRODUCTION = {
    "STAGEPATH_MODE": "production",
    "STAGEPATH_SECRET_KEY": "k" * 32,
    "STAGEPATH_JWKS_URL": "https://id.example.com/keys",
    "STAGEPATH_JWT_ISSUER": "https://id.example.com",
    "STAGEPATH_JWT_AUDIENCE": "stagepath",
    "DATABASE_URL": "postgresql://stagepath:pass-word@db/stagepath",
}

SECRETS = {
    variable_of(Settings.model_config, field, name): name
    for name, field in Settings.model_fields.items()
    if is_secret(field)
}
"""Variables, and their settings."""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that sets nothing, in a directory without a `.env` file."""
    for name in [*PRODUCTION, *SECRETS, *(n for n in os.environ if n.startswith("STAGEPATH_"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_nothing_needs_to_be_set_for_development() -> None:
    plain = Settings()
    assert (plain.mode, plain.database_url, plain.secret_key, plain.jwks_url) == (Mode.DEVELOPMENT, None, None, None)
    assert (plain.host, plain.port, plain.state_dir) == ("127.0.0.1", 8000, Path(".stagepath"))


def test_production_starts_when_all_it_needs_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    production = given(monkeypatch, **PRODUCTION)
    assert production.mode is Mode.PRODUCTION
    assert production.secret() == "k" * 32
    assert str(production.jwks_url) == "https://id.example.com/keys"


@pytest.mark.parametrize("name", [n for n in PRODUCTION if n != "STAGEPATH_MODE"])
@pytest.mark.parametrize("left", ["unset", "empty"])
def test_production_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, name: str, left: str) -> None:
    rest = PRODUCTION | {name: ""} if left == "empty" else {n: v for n, v in PRODUCTION.items() if n != name}
    with pytest.raises(ValidationError, match=f"production mode needs {name} \\["):
        given(monkeypatch, **rest)


@pytest.mark.parametrize("name", ["jwt_issuer", "jwt_audience"])
def test_an_empty_value_given_in_code_counts_as_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    given(monkeypatch, **PRODUCTION)
    with pytest.raises(ValidationError, match=f"production mode needs STAGEPATH_{name.upper()} \\["):
        Settings.model_validate({name: ""})


def test_production_names_everything_missing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ValidationError,
        match="needs STAGEPATH_SECRET_KEY, STAGEPATH_JWKS_URL, STAGEPATH_JWT_ISSUER, STAGEPATH_JWT_AUDIENCE, DATABASE",
    ):
        given(monkeypatch, STAGEPATH_MODE="production")


@pytest.mark.parametrize(
    ("secret", "complaint"),
    [
        (DEVELOPMENT_PREFIX + "k" * 43, "is a development secret"),
        ("k" * 31, "needs at least 32 characters"),
    ],
)
def test_production_refuses_a_weak_secret(monkeypatch: pytest.MonkeyPatch, secret: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        given(monkeypatch, **PRODUCTION | {"STAGEPATH_SECRET_KEY": secret})


def test_no_complaint_and_no_printout_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = DEVELOPMENT_PREFIX + "very-secret"
    with pytest.raises(ValidationError) as refused:
        given(monkeypatch, **PRODUCTION | {"STAGEPATH_SECRET_KEY": secret})
    assert "very-secret" not in str(refused.value)
    assert "pass-word" not in str(refused.value)
    printed = repr(given(monkeypatch, STAGEPATH_MODE="development"))
    assert "very-secret" not in printed
    assert "pass-word" not in printed


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("database_pool_size", 2, 200),
        ("port", 0, 65_535),
        ("jwks_cache_seconds", 1, None),
        ("jwt_leeway_seconds", 0, 300),
        ("max_query_tokens", 100, None),
        ("max_query_depth", 3, None),
        ("max_body_bytes", 10_000, None),
    ],
)
def test_numbers_keep_to_their_ranges(monkeypatch: pytest.MonkeyPatch, name: str, least: int, most: int | None) -> None:
    variable = f"STAGEPATH_{name.upper()}"
    for allowed in {least, least if most is None else most}:
        assert getattr(given(monkeypatch, **{variable: str(allowed)}), name) == allowed
    for forbidden in [least - 1] if most is None else [least - 1, most + 1]:
        with pytest.raises(ValidationError, match=name):
            given(monkeypatch, **{variable: str(forbidden)})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STAGEPATH_MODE", "staging"),
        ("STAGEPATH_LOG_LEVEL", "loud"),
        ("STAGEPATH_LOG_FORMAT", "xml"),
        ("STAGEPATH_JWKS_URL", "ldap://id.example.com/keys"),
        ("STAGEPATH_DEMO", "perhaps"),
    ],
)
def test_values_that_mean_nothing_are_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    with pytest.raises(ValidationError):
        given(monkeypatch, **{variable: value})


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("https://a.example", ("https://a.example",)),
        (" https://a.example , https://b.example:8443 ,", ("https://a.example", "https://b.example:8443")),
        (",", ()),
        ("", ()),
    ],
)
def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, text: str, origins: tuple[str, ...]) -> None:
    assert given(monkeypatch, STAGEPATH_CORS_ORIGINS=text).cors_origins == origins


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, DATABASE_URL="", STAGEPATH_PORT="").database_url is None
    assert Settings().port == 8000


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("STAGEPATH_PORT=8100\nSTAGEPATH_HOST=127.0.0.2\nSOMETHING_ELSE=1\n")
    both = given(monkeypatch, STAGEPATH_PORT="8200")
    assert (both.port, both.host) == (8200, "127.0.0.2")


def test_settings_never_change_while_serving() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 9  # type: ignore[misc]
    use_settings(None)
    assert settings() is settings()
    use_settings(None)


def test_the_settings_that_are_named_are_the_process_s_own() -> None:
    named = Settings()
    use_settings(named)
    assert settings() is named
    use_settings(None)
    assert settings() is not named
    use_settings(None)


def test_the_development_secret_is_made_once_and_kept_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Settings().secret()
    kept = Path(".stagepath/secret")
    assert secret.startswith(DEVELOPMENT_PREFIX)
    assert len(secret) == len(DEVELOPMENT_PREFIX) + 43
    assert Settings().secret() == secret == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(kept.parent.iterdir()) == [kept]
    other = given(monkeypatch, STAGEPATH_STATE_DIR="elsewhere")
    assert other.secret() != secret


def test_a_secret_that_is_set_is_used_and_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, STAGEPATH_SECRET_KEY="mine").secret() == "mine"
    assert not Path(".stagepath").exists()


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    together = Barrier(8)

    def first_secret(directory: Path) -> str:
        fresh = Settings(state_dir=directory)
        together.wait()
        return fresh.secret()

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(50):
            secrets = set(pool.map(first_secret, [tmp_path / str(attempt)] * 8))
            assert len(secrets) == 1
            assert secrets.pop().startswith(DEVELOPMENT_PREFIX)


def test_production_is_stricter_by_itself_and_may_be_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    def strictness(chosen: Settings) -> tuple[bool, int, int]:
        return chosen.introspection, chosen.cost_per_minute, chosen.max_connections_per_viewer

    assert strictness(Settings()) == (True, 1_000_000_000, 100_000)
    assert strictness(given(monkeypatch, **PRODUCTION)) == (False, 500_000, 100)
    told = {"INTROSPECTION": "true", "COST_PER_MINUTE": "1000", "MAX_CONNECTIONS_PER_VIEWER": "7"}
    assert strictness(given(monkeypatch, **{f"STAGEPATH_{k}": v for k, v in told.items()})) == (True, 1000, 7)


def test_what_is_secret() -> None:
    assert set(SECRETS) == {
        "DATABASE_URL",
        "OPENAI_API_KEY",
        "STAGEPATH_LIMITS_URL",
        "STAGEPATH_METRICS_TOKEN",
        "STAGEPATH_PORTAL_CLIENT_SECRET",
        "STAGEPATH_SCIM_TOKENS",
        "STAGEPATH_SECRET_KEY",
        "STAGEPATH_SECRET_KEYS",
        "STAGEPATH_SMTP_URL",
    }


@pytest.mark.parametrize("variable", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, variable: str, end: str) -> None:
    Path("kept").write_bytes(b"postgresql://user: pass @db/x" + end.encode())
    chosen = given(monkeypatch, **{f"{variable}_FILE": "kept"})
    assert getattr(chosen, SECRETS[variable]) == SecretStr("postgresql://user: pass @db/x")


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_that_is_set_twice_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    Path("kept").write_text("from-the-file")
    Path(".env").write_text(f"{variable}=from-the-env-file")
    with pytest.raises(SettingsError, match=f"^{variable} and {variable}_FILE are both set; keep one of them$"):
        given(monkeypatch, **{f"{variable}_FILE": "kept"})
    monkeypatch.setenv(variable, "")
    Path(".env").unlink()
    assert getattr(Settings(), SECRETS[variable]) == SecretStr("from-the-file"), "an empty one counts as unset"


def test_the_env_file_may_name_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("kept").write_text("a")
    Path(".env").write_text("STAGEPATH_METRICS_TOKEN_FILE=kept\nSTAGEPATH_PORT_FILE=kept\n")
    assert Settings().metrics_token == SecretStr("a")
    assert Settings().port == 8000, "which is no secret"
    Path("other").write_text("b")
    assert given(monkeypatch, STAGEPATH_METRICS_TOKEN_FILE="other").metrics_token == SecretStr("b")
    assert given(monkeypatch, STAGEPATH_METRICS_TOKEN_FILE="").metrics_token == SecretStr("a")


@pytest.mark.parametrize(
    ("path", "held", "complaint"),
    [
        ("absent", None, "absent can't be read: No such file or directory"),
        (".", None, r"\. can't be read: Is a directory"),
        ("/dev/zero", None, f"/dev/zero is no secret: it has more than {MOST_BYTES} bytes"),
        ("kept", b"\xff\xfe-secret", "kept is not UTF-8 text"),
        ("kept", b"\n", "kept is empty"),
    ],
)
def test_a_file_that_holds_no_secret_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, path: str, held: bytes | None, complaint: str
) -> None:
    if held is not None:
        Path(path).write_bytes(held)
    with pytest.raises(SettingsError, match=f"^STAGEPATH_SECRET_KEY_FILE: {complaint}$"):
        given(monkeypatch, STAGEPATH_SECRET_KEY_FILE=path)


@pytest.mark.parametrize(
    ("environment", "in_use"),
    [
        ({"STAGEPATH_SECRET_KEY": "one,two"}, ("one,two",)),
        ({"STAGEPATH_SECRET_KEYS": "new, old ,"}, ("new", "old")),
        ({"STAGEPATH_SECRET_KEYS": "new", "STAGEPATH_SECRET_KEY": "new"}, ("new",)),
    ],
)
def test_the_first_key_signs_and_all_are_accepted(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], in_use: tuple[str, ...]
) -> None:
    chosen = given(monkeypatch, **environment)
    assert (chosen.secret(), chosen.secrets_in_use()) == (in_use[0], in_use)


@pytest.mark.parametrize("keys", ["new,old", "old,new", "new"])
def test_one_key_beside_others_is_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    with pytest.raises(ValidationError, match="STAGEPATH_SECRET_KEY and STAGEPATH_SECRET_KEYS differ; keep one"):
        given(monkeypatch, STAGEPATH_SECRET_KEY="old", STAGEPATH_SECRET_KEYS=keys)


@pytest.mark.parametrize("keys", [" , ", ","])
def test_keys_that_hold_none_are_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    with pytest.raises(ValidationError, match="STAGEPATH_SECRET_KEYS holds no key"):
        given(monkeypatch, STAGEPATH_SECRET_KEYS=keys)


def test_production_looks_at_each_of_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    several = {name: value for name, value in PRODUCTION.items() if name != "STAGEPATH_SECRET_KEY"}
    keys = "STAGEPATH_SECRET_KEYS"
    assert given(monkeypatch, **several | {keys: f"{'n' * 32},{'k' * 32}"}).secret() == "n" * 32
    for weak, complaint in (("k" * 31, "needs at least 32"), (DEVELOPMENT_PREFIX + "k" * 43, "is a development")):
        with pytest.raises(ValidationError, match=f"STAGEPATH_SECRET_KEYS: a key {complaint}"):
            given(monkeypatch, **several | {keys: f"{'n' * 32},{weak}"})
