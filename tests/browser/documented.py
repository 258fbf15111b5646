"""The programs that `docs/clients.md` shows, as files beside the packages that they import."""

import re
from pathlib import Path

from tests.npm import installed

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
_PROGRAM = re.compile(r"```js\n// (\w+\.mjs)\n(.*?)```", re.DOTALL)


async def programs() -> Path:
    """The folder they lie in. Skips the test where npm can't be had."""
    directory = await installed(HERE)
    for name, text in _PROGRAM.findall(PAGE.read_text("utf-8")):
        (directory / name).write_text(text, "utf-8")
    return directory
