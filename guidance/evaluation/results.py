"""Results kept by prompt version and model, so that two versions can be compared."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from guidance.evaluation.answers import ModelResult
from guidance.evaluation.measure import Figures


def keep(file: Path, name: str, result: ModelResult, on: date) -> dict[str, Any]:
    """Writes the result under `name`, and gives all results that are kept. Raises `ValueError` where the file has
    something else in it."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if not isinstance(kept, dict):
        raise ValueError(f"{file} holds no results")
    kept[name] = {
        **plain(result.figures),
        "answered": result.answered,
        "refused": result.refused,
        "unavailable": result.unavailable,
        "tokens": result.tokens,
        "on": on.isoformat(),
    }
    file.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return kept


def plain(figures: Figures) -> dict[str, float]:
    return {
        "cases": figures.cases,
        "must_recall": round(figures.must_recall, 4),
        "precision": round(figures.precision, 4),
        "forbidden": figures.forbidden,
        "misplaced": figures.misplaced,
        "misspoken": figures.misspoken,
        "evidence": round(figures.evidence, 4),
    }
