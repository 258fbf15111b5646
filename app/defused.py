"""Text for files that people open in a spreadsheet, which would run some of it as formulas."""

import re

_RUN = re.compile(r"[\s\u200b\ufeff'\"]*[=+\-@\t\r＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[\d.,' ]*\d%?")


def defused(text: str) -> str:
    """With an apostrophe in front where a spreadsheet would calculate; numbers stay as they are."""
    return f"'{text}" if _RUN.match(text) and not _NUMBER.fullmatch(text) else text
