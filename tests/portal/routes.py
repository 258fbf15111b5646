"""The portal's pages as its router has them, by `pages/NAME/route.tsx`, for tests of all pages."""

import re
from pathlib import Path

PAGES = Path(__file__).parents[2] / "app" / "portal" / "web" / "src" / "portal" / "pages"


def routes() -> list[str]:
    """Paths such as `/deals/$id`."""
    found = []
    for file in sorted(PAGES.glob("*/route.tsx")):
        paths = re.findall(r'\bpath: "(/[^"]*)"', file.read_text("utf-8"))
        assert len(paths) == 1, f"{file} is to say its path once, as a text"
        found += paths
    return found


def readers() -> list[dict[str, object]]:
    """Of pages with filters in their address: the path; the file and name of the function that reads them, or the names
    of the filters where the route itself says how."""
    found: list[dict[str, object]] = []
    for file in sorted(PAGES.glob("*/route.tsx")):
        text = file.read_text("utf-8")
        [path] = re.findall(r'\bpath: "(/[^"]*)"', text)
        search = re.search(r"\bsearch\b.*", text.partition("export default")[2], re.DOTALL)
        if search is None:
            continue
        here = re.match(r"search: \(\{([\w, ]+)\}\) =>", search[0])
        beside = [
            (name, source)
            for names, source in re.findall(r'import \{([^}]*)\} from "(\./\w+)"', text)
            for name in re.findall(r"\w+", names)
            if re.search(rf"\b{name}\b", search[0])
        ]
        if here:
            found.append({"path": path, "names": re.findall(r"\w+", here[1])})
        else:
            assert beside, f"{file}: tests are to find the function that reads `search`, in a file beside it"
            name, source = beside[0]
            found.append({"path": path, "file": (file.parent / f"{source}.ts").as_uri(), "name": name})
    return found
