"""Secrets from files: `NAME_FILE` names the file that holds the setting NAME, for each setting that is a secret.

As container platforms mount them. pydantic-settings' own source looks for files by name in one folder, takes any
setting and says nothing of a file that is missing or of a value that is set twice.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

SUFFIX = "_FILE"
MOST_BYTES = 65_536


class SettingsError(Exception):
    """The settings contradict each other or are not safe to serve with."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads what the variables of `environments` name; of two that name one, the first counts."""

    def __init__(self, settings_cls: type[BaseSettings], *environments: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._variables: dict[str, str | None] = {}
        for environment in reversed(environments):
            if isinstance(environment, EnvSettingsSource):
                self._variables |= environment.env_vars

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Raises `SettingsError` when both are set, or the file can't be used."""
        key = str(field.validation_alias) if field.validation_alias else field_name
        variable = variable_of(self.config, field, field_name)
        path = self._variables.get((variable + SUFFIX).lower()) if is_secret(field) else None
        if path is None:
            return None, key, False
        if self._variables.get(variable.lower()) is not None:
            raise SettingsError(f"{variable} and {variable}{SUFFIX} are both set; keep one of them")
        return _read(Path(path), variable + SUFFIX), key, False

    def __call__(self) -> dict[str, Any]:
        found = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {key: value for value, key, _ in found if value is not None}


def is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def variable_of(config: Mapping[str, Any], field: FieldInfo, name: str) -> str:
    """The environment variable of a setting."""
    return str(field.validation_alias) if field.validation_alias else f"{config['env_prefix']}{name}".upper()


def _read(path: Path, variable: str) -> str:
    try:
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{variable}: {path} can't be read: {error.strerror}") from None
    if len(held) > MOST_BYTES:
        raise SettingsError(f"{variable}: {path} is no secret: it has more than {MOST_BYTES} bytes")
    try:
        text = held.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError(f"{variable}: {path} is not UTF-8 text") from None
    if not text:
        raise SettingsError(f"{variable}: {path} is empty")
    return text
