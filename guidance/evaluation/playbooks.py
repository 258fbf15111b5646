"""Playbooks as the evaluation reads them from a file: what the facts of a case are made of, and nothing else."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from guidance.facts import ConfirmedBy, Reader, StageKind

Model = TypeVar("Model", bound=BaseModel)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unmeasurable(Exception):
    """A file of cases or a playbook can't be read or doesn't fit. The message names file and place."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class QuestionText(_Part):
    key: str
    label: str
    prompt: str = ""


class CriterionText(_Part):
    key: str
    description: str
    required: bool = True
    expression: str | None = None
    reader: Reader = Reader.PARTNER
    customer_wording: str | None = None
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL


class ActivityText(_Part):
    key: str
    name: str
    description: str = ""
    required: bool = False
    effort_minutes: int | None = None
    reader: Reader = Reader.PARTNER
    customer_wording: str | None = None
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL
    serves: tuple[str, ...] = ()


class StageText(_Part):
    key: str
    name: str
    definition: str = ""
    kind: StageKind = StageKind.OPEN
    buyer_phase: str | None = None
    win_probability: float
    target_days: int | None = None
    entry_criteria: tuple[CriterionText, ...] = ()
    exit_criteria: tuple[CriterionText, ...] = ()
    activities: tuple[ActivityText, ...] = ()


class PlaybookText(_Part):
    key: str
    industry: str | None = None
    language: str = "en"
    questions: tuple[QuestionText, ...] = ()
    stages: tuple[StageText, ...]

    def place_of(self, stage_key: str) -> int:
        """Raises `ValueError` naming the stages there are."""
        keys = [stage.key for stage in self.stages]
        if stage_key not in keys:
            raise ValueError(f"there is no stage “{stage_key}”; there are {', '.join(keys)}")
        return keys.index(stage_key)


def read_as(model: type[Model], path: Path) -> Model:
    """Raises `Unmeasurable` with every place that doesn't fit."""
    try:
        return model.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=Loader))  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise Unmeasurable(f"{path}: {fault}") from None
    except ValidationError as fault:
        places = (f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in fault.errors())
        raise Unmeasurable("\n".join(places)) from None
