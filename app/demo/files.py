"""Readers of the files beside the code that hold the demo's people, companies and contents."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent

# libyaml reads them ten times faster, where PyYAML was built with it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parsed(text: str) -> Any:
    return yaml.load(text, _Loader)  # noqa: S506 (both loaders are safe ones)


@cache
def read(*path: str) -> Any:
    return parsed(FOLDER.joinpath(*path).read_text(encoding="utf-8"))
