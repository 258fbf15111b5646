"""Style sheets of the portal: a page's comes with the page and stays, so none may style what is another's."""

import re
from collections import defaultdict

from app.portal.build import WEB

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
HEAD = re.compile(r"\.[\w-]+")


def test_each_class_is_styled_in_one_place() -> None:
    """A class that a selector begins with; further on, it is styled within its page alone."""
    found = defaultdict(set)
    for sheet in sorted((WEB / "src" / "portal").rglob("*.css")):
        text = COMMENT.sub("", sheet.read_text(encoding="utf-8"))
        for selectors in re.findall(r"([^{};]+)\{", text):
            for selector in selectors.split(","):
                if head := HEAD.match(selector.strip()):
                    found[head[0]].add(str(sheet.relative_to(WEB)))
    assert len(found) > 200
    assert {name: sorted(sheets) for name, sheets in found.items() if len(sheets) > 1} == {}
