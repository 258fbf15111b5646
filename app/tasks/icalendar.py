"""Tasks as iCalendar (RFC 5545): as events, which every calendar shows, or as to-dos, for programs that keep those."""

from datetime import timedelta
from enum import StrEnum

import asyncpg
from icalendar import Calendar, Event, Todo

from app.vocabulary import TaskStatus
from guidance.actions import Urgency

MINUTES = timedelta(minutes=30)
REFRESH = timedelta(hours=1)
PRIORITY = {Urgency.CRITICAL: 1, Urgency.HIGH: 3, Urgency.NORMAL: 5, Urgency.LOW: 9}
STATUS = {
    TaskStatus.OPEN: "NEEDS-ACTION",
    TaskStatus.IN_PROGRESS: "IN-PROCESS",
    TaskStatus.DONE: "COMPLETED",
    TaskStatus.CANCELLED: "CANCELLED",
}


class Shape(StrEnum):
    EVENTS = "events"
    TODOS = "todos"


def written(tasks: list[asyncpg.Record], shape: Shape, name: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Stagepath//Tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for task in tasks:
        calendar.add_component(_todo(task) if shape is Shape.TODOS else _event(task))
    return bytes(calendar.to_ical())


def _event(task: asyncpg.Record) -> Event:
    """At the time when it is due, which stays free."""
    event = Event()
    _common(event, task)
    event.add("dtstart", task["due_at"])
    event.add("dtend", task["due_at"] + MINUTES)
    event.add("transp", "TRANSPARENT")
    done = task["status"] == TaskStatus.DONE
    event.add("summary", f"✓ {_line(task['title'])}" if done else _line(task["title"]))
    return event


def _todo(task: asyncpg.Record) -> Todo:
    todo = Todo()
    _common(todo, task)
    todo.add("summary", _line(task["title"]))
    todo.add("due", task["due_at"])
    todo.add("status", STATUS[TaskStatus(task["status"])])
    if task["completed_at"] is not None:
        todo.add("completed", task["completed_at"])
        todo.add("percent-complete", 100)
    return todo


def _common(component: Event | Todo, task: asyncpg.Record) -> None:
    component.add("uid", f"tsk_{task['id']}@stagepath")
    component.add("dtstamp", task["updated_at"])
    component.add("created", task["created_at"])
    component.add("last-modified", task["updated_at"])
    component.add("sequence", task["version"] - 1)
    component.add("priority", PRIORITY[Urgency(task["urgency"])])
    about = [one for one in (task["deal"], task["registration"], task["description"]) if one]
    if about:
        component.add("description", "\n".join(_clean(one) for one in about))


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Without control characters, which iCalendar has no way to write."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
