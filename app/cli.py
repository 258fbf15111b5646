"""The `stagepath` program: the list of its commands."""

import typer

from app.commands.deferred import Entry, listed
from app.output import tolerate_any_terminal

COMMANDS = listed(
    Entry("serve", "app.commands.serve:serve", "Serve the API."),
    Entry("worker", "app.commands.worker:worker", "Run background jobs, until told to stop."),
    Entry("migrate", "app.commands.migrate:migrate", "Bring the database's tables up to date."),
    Entry(
        "backup",
        "app.upkeep.backup:backup",
        "Write the whole database to a file, as of one moment, while it is in use.",
    ),
    Entry(
        "restore", "app.upkeep.backup:restore", "Fill an empty database from a backup, and bring its tables up to date."
    ),
    Entry("schema", "app.commands.schema:schema", "Print the GraphQL schema."),
    Entry(
        "token", "app.commands.token:token", "Print a development token: `--user EMAIL`, or `--role PARTNER_SELLER`."
    ),
    Entry(
        "import",
        "app.imports.cli:imports",
        "Import deals, partners, users, accounts or contacts from another system's export.",
    ),
    Entry("rates", "app.upkeep.rates:rates", "Exchange rates."),
    Entry("audit", "app.upkeep.audit:audit", "The audit log: who did what."),
    Entry("privacy", "app.upkeep.privacy:privacy", "Export or erase what is known of a person."),
    Entry("consumers", "app.upkeep.consumers:consumers", "What reacts to the event log."),
    Entry("rollups", "app.upkeep.rollups:rollups", "Sums over deals that dashboards read."),
    Entry("admin", "app.upkeep.members:admin", "Administrators of the programme."),
    Entry("users", "app.upkeep.members:users", "People who sign in."),
    Entry("partners", "app.upkeep.members:partners", "Channel partners."),
    Entry("forecast", "app.upkeep.forecast:forecast", "Forecasts."),
    Entry("predict", "app.upkeep.predictions:predictions", "Predictions of whether and when deals are won."),
    Entry("guidance", "app.commands.guidance:guidance", "Next best actions."),
)

main = typer.Typer(cls=COMMANDS, no_args_is_help=True)


@main.callback()
def stagepath() -> None:
    """Stagepath: the GraphQL API behind a partner portal."""


def run() -> None:
    tolerate_any_terminal()
    main()


if __name__ == "__main__":
    run()
