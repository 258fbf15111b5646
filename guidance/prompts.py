"""Prompts from `prompts/next_best_action/`, a folder a version, rendered from what a model may know of a deal."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "prompts" / "next_best_action"


def versions() -> tuple[str, ...]:
    """Those that can be chosen, by name."""
    return tuple(sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()))
