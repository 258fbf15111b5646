"""`/calendar/SECRET.ics`: a user's tasks, for calendar programs, which can't sign in. The address is the key."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.database import database
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.tasks.calendars import calendar_of
from app.tasks.icalendar import Shape, written
from app.web.attempts import Attempts, TooManyAttempts
from app.web.requests import address_of

LONGEST_SECRET = 64
PRIVATE = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


def calendar_routes() -> list[Route]:
    attempts = Attempts()

    async def calendar(request: Request) -> Response:
        """`?as=todos` gives to-dos in place of events."""
        address = address_of(request.scope)
        try:
            await attempts.admit(address)
            shape = Shape(request.query_params.get("as", Shape.EVENTS))
            secret = request.path_params["secret"]
            known = secret if len(secret) <= LONGEST_SECRET else ""
            found = await calendar_of(database(), known, datetime.now(UTC))
            if found is None:
                await attempts.failed(address)
                return PlainTextResponse("There is no calendar at this address.", 404, PRIVATE)
            body = written(found.tasks, shape, "Stagepath")
            return Response(body, headers=PRIVATE, media_type="text/calendar; charset=utf-8")
        except ValueError:
            return PlainTextResponse("`as` is `events` or `todos`.", 400, PRIVATE)
        except TooManyAttempts as crowded:
            return PlainTextResponse(str(crowded), 429, {**PRIVATE, "Retry-After": str(crowded.seconds)})
        except MAYBE_UNREACHABLE as error:
            met(error, by="reading a calendar")
            return PlainTextResponse("Try again shortly.", 503, {**PRIVATE, "Retry-After": "60"})

    return [Route("/calendar/{secret}.ics", calendar, methods=["GET", "HEAD"])]
