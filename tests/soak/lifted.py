"""The server without the application's visibility conditions."""

from app.cli import main
from app.identity.visibility import lift_conditions


def run() -> None:
    lift_conditions()
    main()
