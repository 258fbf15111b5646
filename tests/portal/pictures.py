"""`make pictures`: every page of the portal with the demo programme, wide and on a phone, light and dark."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import ROOT, started
from tests.portal.driving import driven

INTO = ROOT / "docs" / "pictures"
ADMINISTRATOR, MANAGER, SELLER = "Ingrid Solberg", "Tomás Herrera", "Jonas Frei"


@dataclass(frozen=True)
class View:
    """`follow`: a selector of the link that leads on from the page at `path` to the one that is meant."""

    name: str
    person: str
    path: str
    follow: str | None = None


VIEWS = (
    View("board", MANAGER, "/board"),
    View("deal", SELLER, "/board", ".card-name"),
    View("day", SELLER, "/day"),
    View("registrations", MANAGER, "/registrations"),
    View("pipeline", MANAGER, "/pipeline"),
    View("deals", MANAGER, "/deals?status=OPEN"),
    View("playbooks", MANAGER, "/playbooks"),
    View("playbook", MANAGER, "/playbooks", "main a[href*='/playbooks/pbk']"),
    View("content", MANAGER, "/content"),
    View("piece", MANAGER, "/content", "main a[href*='/content/cnt']"),
    View("automations", MANAGER, "/automations"),
    View("automation-editor", MANAGER, "/automations/new"),
    View("partners", MANAGER, "/partners"),
    View("partner", MANAGER, "/partners", "main a[href*='/partners/ptr']"),
    View("people", ADMINISTRATOR, "/people"),
    View("inbox", MANAGER, "/inbox"),
    View("webhooks", ADMINISTRATOR, "/administration/webhooks"),
    View("consumers", ADMINISTRATOR, "/administration/consumers"),
    View("model", ADMINISTRATOR, "/administration/model"),
    View("audit", ADMINISTRATOR, "/administration/audit"),
)


def main() -> None:
    with (
        TemporaryDirectory(prefix="stagepath-") as folder,
        started(Path(folder), "serve", "--port", "0") as server,
    ):
        [health] = [line.split()[1] for line in server.said if line.startswith("  Health")]
        given = {
            "base": health.removesuffix("/healthz"),
            "into": str(INTO),
            "views": [asdict(view) for view in VIEWS],
        }
        made = asyncio.run(driven("pictures.mjs", given))["made"]
    size = sum((INTO / name).stat().st_size for name in made)
    print(f"{len(made)} pictures, {size / 1e6:.1f} MB")  # noqa: T201 # a program's outcome


if __name__ == "__main__":
    main()
