"""Headers by which a client says what it likes best: `text/html, application/json;q=0.9`."""


def qualities(header: str) -> dict[str, float]:
    """How much each is liked, from 0 (not at all) to 1. What can't be read counts as 0."""
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        try:
            found.setdefault(name, float(given))
        except ValueError:
            found.setdefault(name, 0.0)
    return found


def prefers_html(accept: str) -> bool:
    """Whether it names HTML, and nothing that the API answers with before it: browsers do, other clients don't."""
    liked = qualities(accept)
    html = liked.pop("text/html", 0.0)
    named = [quality for name, quality in liked.items() if name.endswith("json") or name == "text/event-stream"]
    return html > 0 and html >= max(named, default=0.0)
