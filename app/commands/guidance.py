"""`stagepath guidance`: the list of its commands."""

import typer

from app.commands.deferred import Entry, listed

COMMANDS = listed(
    Entry(
        "eval",
        "guidance.evaluation.command:evaluate",
        "Measure next best actions on golden cases. Exit status: 0 pass, 1 regression, 2 unmeasurable.",
    ),
    Entry(
        "check-model",
        "app.recommendations.check_model:check_model",
        "Ask the configured language model once, and print what its server takes.",
    ),
    Entry(
        "replay",
        "app.upkeep.replay:replay",
        "Estimate from held-out deals how often advice would be acted on in another order. Exit status 3: too few yet.",
    ),
    Entry(
        "drafts",
        "app.upkeep.drafts:list_drafts",
        "Print every distinct draft of the open deals, its reader and the number of its deals.",
    ),
)

guidance = typer.Typer(cls=COMMANDS, no_args_is_help=True)


@guidance.callback()
def next_best_actions() -> None:
    """Next best actions."""
