"""What a server could not start with is told by the settings that name it."""

from pathlib import Path

import pytest

from app.checks import check
from app.settings import Settings, SettingsError

SOUND = {
    "STAGEPATH_LIMITS_URL": "",
    "STAGEPATH_CORS_ORIGINS": "https://portal.example, http://127.0.0.1:5173",
    "STAGEPATH_LLM_PROMPT_VERSION": "v3",
}


def given(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> Settings:
    monkeypatch.chdir(folder)
    for name, value in {**SOUND, **variables}.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_what_is_sound_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "me.graphql").write_text("{ viewer { permissions } }")
    check(given(monkeypatch, tmp_path, STAGEPATH_TRUSTED_DOCUMENTS=".", STAGEPATH_TRUSTED_DOCUMENTS_ONLY="true"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STAGEPATH_TRUSTED_DOCUMENTS", "absent"),
        ("STAGEPATH_TRUSTED_DOCUMENTS_ONLY", "true"),
        ("STAGEPATH_LIMITS_URL", "redis://"),
        ("STAGEPATH_LIMITS_URL", "redis://[h"),
        ("STAGEPATH_LLM_PROMPT_VERSION", "v0"),
        ("STAGEPATH_CORS_ORIGINS", "https://portal.example, portal"),
        ("STAGEPATH_CORS_ORIGINS", "https://portal.example/deals"),
        ("STAGEPATH_CORS_ORIGINS", "https://Portal.example"),
        ("STAGEPATH_CORS_ORIGINS", "https://portal.example:443"),
        ("STAGEPATH_CORS_ORIGINS", "https://one.example https://two.example"),
        ("STAGEPATH_CORS_ORIGINS", "null"),
        ("STAGEPATH_REPORTING_CURRENCY", "QQQ"),
        ("STAGEPATH_JWKS_URL", "https://login.example/keys"),
    ],
)
def test_what_is_not_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        check(given(monkeypatch, tmp_path, **{name: value}))


def test_an_origin_that_ends_with_a_slash_is_told_how_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"no slash at its end \(here `https://portal\.example`\)"):
        check(given(monkeypatch, tmp_path, STAGEPATH_CORS_ORIGINS="https://portal.example/"))
