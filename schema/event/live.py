"""Subscriptions to the event log: declared once, followed by one client alone or answered for many at once.

A resolver says what it follows:

    async for value in follow(info, Feed(wanted, make), after): yield value

Run by an ordinary GraphQL executor, that reads the log for this one client. A server that delivers to many puts a
`Handover` into the context; then the resolver leaves there what it would have followed, and ends.
"""

from collections.abc import AsyncGenerator, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any
from uuid import uuid4

import orjson
from graphql import DocumentNode, GraphQLError, execute_subscription_event
from graphql.execution.executor import Executor

from app.database.failures import is_unreachable
from app.database.rls import as_viewer
from app.events.endings import SubscriptionEnded, SubscriptionOverflow, TailStopped
from app.events.following import Past
from app.events.log import CursorUnknown, LoggedEvent
from app.events.receiver import Receiver
from app.events.tail import tail
from app.identity.rls_policies import rls_setting
from app.identity.scopes import SharedAnswerKey, anyone_of, shared_answer_key
from app.identity.viewer import Viewer
from schema.context import Context, Info
from schema.engine.declare import Requester
from schema.engine.plan.fallback import CannotPlan, Cause, FallBack, fell_back
from schema.engine.read.selection import Document
from schema.engine.serve.object_loader import Loader
from schema.engine.serve.operation import Operation
from schema.engine.serve.resolvers import fill, selected_by
from schema.engine.serve.turns import Overloaded
from schema.errors import ClientError
from schema.event.alone import Alone
from schema.event.cursors import event_number, log_cursor
from schema.event.feed import Feed
from schema.event.question import is_personal, question_of
from schema.masking import mask


class Answers:
    """Answers one question about events, for all viewers who share a perspective: by a plan, or by graphql-core.

    `question` is the operation that asks, for plans; `sent` the document as a client sent it, with its variables.
    """

    def __init__(
        self, feed: Feed, viewer: Viewer, question: Operation, sent: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self.feed = feed
        self.viewer = viewer
        self._question = question
        self._sent = sent
        self._variables = variables
        self._executor: Executor[Context] | None = None

    async def __call__(self, event: LoggedEvent) -> bytes | None:
        """The encoded payload. What goes wrong is told in it; raises only when the database can't be reached."""
        request_id = uuid4().hex
        requester = Requester(self.viewer, datetime.now(UTC))
        try:
            with as_viewer(rls_setting(self.viewer)):
                value = await self.feed.make(requester, event)
                return None if value is None else await self._told(value, requester, request_id)
        except Exception as error:  # masked below, as every error of an operation is
            if is_unreachable(error):
                raise
            return failure(error, request_id)

    async def first(self) -> bytes | None:
        """Raises what keeps the subscription from beginning."""
        if self.feed.first is None:
            return None
        requester = Requester(self.viewer, datetime.now(UTC))
        with as_viewer(rls_setting(self.viewer)):
            return await self._told(await self.feed.first(requester), requester, uuid4().hex)

    async def _told(self, value: Any, requester: Requester, request_id: str) -> bytes:
        context = Context(self.viewer, request_id, at=requester.at)
        try:
            variables = self._question.variables(self._variables)
            data = await self._question.data(context, variables, given=value)
        except (CannotPlan, FallBack) as left:
            return await self._by_graphql_core(value, context, left)
        except Overloaded:
            return await self._by_graphql_core(value, context, FallBack(Cause.OVERLOADED))
        return b'{"data":%b}' % data.encode()

    async def _by_graphql_core(self, value: Any, context: Context, left: CannotPlan | FallBack) -> bytes:
        if self._executor is None:
            built = Executor.build(self._question.schema, self._sent, raw_variable_values=dict(self._variables))
            assert isinstance(built, Executor)  # the same document and variables have just been executed
            self._executor = built
        executor = self._executor.build_per_event_executor(value)
        executor.context_value = context
        document = Document(executor.schema, executor.fragment_definitions, executor.variable_values)
        root = executor.schema.subscription_type
        assert root is not None
        [field] = document.roots(root, executor.operation)
        await Loader(Requester(context.viewer, context.now()), document).fill([value], document.below(field))
        executed = execute_subscription_event(executor)
        result = await executed if isawaitable(executed) else executed
        fell_back(left, errors=bool(result.errors), request_id=context.request_id)
        return payload(result.data, result.errors, context.request_id)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A subscription that is ready to be followed by a receiver."""

    key: Hashable
    perspective: SharedAnswerKey
    feed: Feed
    viewer: Viewer
    after: int | None
    make_answers: Callable[[], Answers]

    async def follow(self, receiver: Receiver) -> None:
        """Returns once the receiver has joined those who are told what happens, or has ended.

        Raises `ClientError` when the log doesn't hold the cursor to begin after.
        """
        fanout = tail().fanout
        receiver.resumes = self.feed.first is None
        fanout.add(receiver)
        if self.after is None:
            await tail().rouse()
        channel = fanout.channel(self.key)
        answers = channel.answer if channel is not None else self.make_answers()
        assert isinstance(answers, Answers)

        def join() -> Any:
            return fanout.join(self.key, self.perspective.audience, answers, self.feed.wanted, receiver)

        if receiver.ended:
            return
        if self.after is not None:
            past = Past(tail(), fanout, self.viewer, self.feed.wanted, answers)
            try:
                await past.tell(receiver, self.after, join)
            except CursorUnknown as unknown:
                raise ending(unknown) from None
            return
        receiver.seen = join()
        receiver.cursor = receiver.seen.seq
        receiver.joined()
        if self.feed.first is not None:
            await self._begin(receiver, answers)

    async def _begin(self, receiver: Receiver, answers: Answers) -> None:
        receiver.hold()
        first = await answers.first()
        await receiver.room()
        if first is not None and not receiver.ended:
            receiver.put(first)
        receiver.release()


async def follow(info: Info, feed: Feed, after: str | None) -> AsyncGenerator[Any, None]:
    """The root field's values; none when the subscription was handed over."""
    handover = info.context.handover
    if handover is not None and handover.resume is not None and feed.first is None:
        after = handover.resume
    number = event_number(after, "after")
    if handover is not None:
        handover.prepared = _prepared(info, feed, number, handover.variables)
        return
    viewer = info.context.viewer
    if feed.first is not None and number is None:
        yield await fill(info, await feed.first(Requester(viewer, datetime.now(UTC))))
    try:
        async with aclosing(Alone(feed, viewer).follow(number)) as values:
            async for value in values:
                yield await fill(info, value)
    except (CursorUnknown, SubscriptionEnded) as ended:
        raise ending(ended) from None


def _prepared(info: Info, feed: Feed, after: int | None, variables: Mapping[str, Any] | None) -> Prepared:
    raw, viewer = info._raw_info, info.context.viewer
    document = Document(raw.schema, raw.fragments, raw.variable_values)
    selected = selected_by(info)
    question = question_of(raw.operation, tuple(raw.fragments.values()))
    perspective = shared_answer_key(viewer, personal=feed.personal or is_personal(document, document.below(selected)))
    given = {name: document.variables.coerced.get(name) for name in question.variables}
    values = orjson.dumps(given, default=str, option=orjson.OPT_SORT_KEYS)

    def make_answers() -> Answers:
        return answers_of(info, feed, anyone_of(viewer, perspective), variables)

    key = (question.text, values, feed.make, feed.first, feed.given, perspective)
    return Prepared(key, perspective, feed, viewer, after, make_answers)


def answers_of(info: Info, feed: Feed, viewer: Viewer, variables: Mapping[str, Any] | None) -> Answers:
    """Answers of what the running subscription asks, as this viewer sees it."""
    raw = info._raw_info
    sent = DocumentNode(definitions=(raw.operation, *raw.fragments.values()))
    question = question_of(raw.operation, tuple(raw.fragments.values()))
    return Answers(feed, viewer, question.planned(raw.schema), sent, variables or {})


def ending(ended: CursorUnknown | SubscriptionEnded) -> ClientError:
    """The error that the client is told, with the cursor to resume from."""
    if isinstance(ended, CursorUnknown):
        return ClientError(
            "The log no longer holds this cursor; read the current state, then subscribe without one.",
            code="CURSOR_UNKNOWN",
            argument=("after",),
        )
    slow = isinstance(ended, SubscriptionOverflow)
    assert slow or isinstance(ended, TailStopped)
    code = "SUBSCRIPTION_OVERFLOW" if slow else "SERVER_STOPPING"
    why = "The client reads more slowly than events occur" if slow else "The server is shutting down"
    if ended.cursor is None:
        return ClientError(f"{why}; subscribe again: it begins with the current state.", code=code)
    return ClientError(
        f"{why}; subscribe again with this cursor as `after`.", code=code, cursor=log_cursor(ended.cursor, ended.scope)
    )


def payload(
    data: Any, errors: list[GraphQLError] | None, request_id: str, extensions: Mapping[str, Any] | None = None
) -> bytes:
    """The encoded payload of a `next` message."""
    body: dict[str, Any] = {"data": data}
    if errors:
        for error in errors:
            mask(error, request_id)
        body["errors"] = [error.formatted for error in errors]
    if extensions:
        body["extensions"] = extensions
    return orjson.dumps(body, default=str)


def failure(error: Exception, request_id: str) -> bytes:
    """The payload that tells of an operation's failure, masked."""
    shown = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
    return payload(None, [shown], request_id)
