"""The vendor's own phrasebooks, beside those that are shipped."""

from collections.abc import Mapping

from app.settings import Settings, SettingsError
from guidance import phrasebook
from guidance.phrasebook import Phrasebook, PhrasebookError


def read(settings: Settings) -> Mapping[str, Phrasebook]:
    """Raises `SettingsError` when one of them can't be used."""
    try:
        phrasebook.shipped()
        return phrasebook.load(settings.phrasebooks) if settings.phrasebooks else {}
    except PhrasebookError as wrong:
        raise SettingsError(f"STAGEPATH_PHRASEBOOKS: {wrong}") from None


def install(settings: Settings) -> None:
    phrasebook.install(read(settings))
