"""The event log and its readers."""

from app.events.log import CursorUnknown, LoggedEvent, NewEvent, append, insertion
from app.events.tail import Tail, notify, wake

__all__ = ["CursorUnknown", "LoggedEvent", "NewEvent", "Tail", "append", "insertion", "notify", "wake"]
