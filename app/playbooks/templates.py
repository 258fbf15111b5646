"""The starter playbooks that are shipped, one per industry."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.playbooks.spec import PlaybookSpec

# libyaml reads the templates five times faster, where PyYAML was built with it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SHIPPED = Path(__file__).with_name("templates")


class TemplateError(Exception):
    """A template doesn't load. The message names the file and, where there is one, the path in it."""


@dataclass(frozen=True, slots=True)
class PlaybookTemplate:
    key: str
    name: str
    industry: str
    description: str
    spec: PlaybookSpec


@lru_cache(maxsize=1)
def templates() -> tuple[PlaybookTemplate, ...]:
    """In order of their names. Raises `TemplateError`; call it at start-up."""
    return load(SHIPPED)


def template(key: str) -> PlaybookTemplate | None:
    return next((template for template in templates() if template.key == key), None)


def load(folder: Path) -> tuple[PlaybookTemplate, ...]:
    """Every `*.yaml` of `folder`, each named after its key."""
    loaded = [_load(path) for path in folder.glob("*.yaml")]
    if not loaded:
        raise TemplateError(f"{folder}: there are no templates")
    return tuple(sorted(loaded, key=lambda template: template.name.casefold()))


def _load(path: Path) -> PlaybookTemplate:
    try:
        spec = PlaybookSpec.model_validate(_translated(path, _parsed(path)))
    except ValidationError as failure:
        raise TemplateError("\n".join(_located(path, failure))) from None
    if spec.key != path.stem:
        raise TemplateError(f"{path}: key: “{spec.key}” must be the name of the file, “{path.stem}”")
    if spec.industry is None:
        raise TemplateError(f"{path}: industry: a template belongs to an industry")
    return PlaybookTemplate(spec.key, spec.name, spec.industry, spec.description, spec)


def _translated(path: Path, document: Any) -> Any:
    """With what `translations/LANGUAGE/KEY.yaml` says of it, by the keys of stages, criteria and activities."""
    for file in sorted((path.parent / "translations").glob(f"*/{path.name}")):
        said = _parsed(file)
        for stage in document["stages"]:
            _add(file, stage, said["stages"].pop(stage["key"], {}))
        if said["stages"]:
            raise TemplateError(f"{file}: stages: “{next(iter(said['stages']))}” is no stage of the template")
    return document


def _add(file: Path, stage: dict[str, Any], said: dict[str, Any]) -> None:
    language = file.parent.name
    criteria, activities = said.pop("criteria", {}), said.pop("activities", {})
    for listed, texts in (("entry_criteria", criteria), ("exit_criteria", criteria), ("activities", activities)):
        for one in stage.get(listed, ()):
            if text := texts.pop(one["key"], None):
                one.setdefault("translations", []).append({"language": language, **text})
    for key in (*criteria, *activities):
        raise TemplateError(f"{file}: stages.{stage['key']}: “{key}” is neither a criterion nor an activity there")
    if said:
        stage.setdefault("translations", []).append({"language": language, **said})


def _parsed(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 (both loaders are safe ones)
    except (yaml.YAMLError, UnicodeDecodeError) as failure:
        raise TemplateError(f"{path}: {failure}") from None


def _located(path: Path, failure: ValidationError) -> list[str]:
    return [f"{path}: {'.'.join(map(str, error['loc']))}: {error['msg']}" for error in failure.errors()]
