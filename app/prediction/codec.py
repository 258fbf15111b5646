"""Models and deals as JSON, as they are stored and handed to the process that trains."""

from pydantic import TypeAdapter

from app.prediction.model import Model

_MODEL = TypeAdapter(Model)


def written(model: Model) -> str:
    return _MODEL.dump_json(model).decode()


def read(text: str | bytes) -> Model:
    """Raises `pydantic.ValidationError` for what is no model."""
    return _MODEL.validate_json(text)
