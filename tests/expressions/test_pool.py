"""Processes apart: what takes long is ended by its CPU time, what breaks breaks nothing else, and nobody is held up."""

import asyncio
import os
import signal

import pytest

from expressions import Language, compile_expression, number, pool, record, text, trial
from expressions.outcomes import TOO_LONG, UNDECIDED, Outcome

SLOW = 'deal.notes.matches("(a{1,100}){1,100}b")'
NOTES = {"notes": "a" * 10_000}


def task(*texts: str, limit: float = 0.1) -> pool.Task:
    return pool.Task("deal", NOTES, texts, limit)


async def outcomes(*tasks: pool.Task, budget: float | None = None) -> list[list[Outcome]]:
    return [[one.outcome for one in ran] for ran in await pool.run(tasks, budget)]


async def test_each_text_is_answered_in_order() -> None:
    texts = ("deal.notes != ''", "deal_notes == deal.notes", "1 + 1", "deal.none == 1", "1 / 0 == 1")
    assert await outcomes(task(*texts), task("true")) == [
        [
            Outcome(True),
            Outcome(True),
            Outcome(False, "the condition is neither true nor false for this deal"),
            Outcome(False, "“none” has no value for this deal"),
            Outcome(False, "it divides by zero"),
        ],
        [Outcome(True)],
    ]


async def test_what_takes_too_long_is_ended_and_the_rest_is_answered_all_the_same() -> None:
    found = await pool.run([task("true", SLOW, "false"), task(SLOW), task("true")])
    assert [[one.outcome for one in ran] for ran in found] == [
        [Outcome(True), Outcome(False, TOO_LONG), Outcome(False)],
        [Outcome(False, TOO_LONG)],
        [Outcome(True)],
    ]
    assert found[0][1] == pool.Ran(Outcome(False, TOO_LONG), 0.1)


async def test_the_loop_runs_on_meanwhile() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    assert await outcomes(task(SLOW)) == [[Outcome(False, TOO_LONG)]]
    counting.cancel()
    assert turns > 100


async def test_a_budget_bounds_all_of_them_together() -> None:
    found = await pool.run([task(SLOW, "true"), task(SLOW, SLOW), task(SLOW), task("true")], budget=0.2)
    assert [one.took for ran in found for one in ran if one.took >= 0.1] == [0.1, 0.1]
    assert all(one.outcome == Outcome(False, TOO_LONG) for one in (*found[1], *found[2], *found[3]))


async def test_a_text_that_brings_the_library_down_brings_down_its_process_alone() -> None:
    [(broken, after)] = await pool.run([task("1" + "+1" * 30_000, "true", limit=30.0)])
    assert (broken.outcome, broken.crashed) == (Outcome(False, UNDECIDED), True)
    assert after.outcome == Outcome(True)


async def test_a_process_that_is_gone_is_replaced() -> None:
    await outcomes(task("true"), task("true"))
    for worker in list(pool._all):
        if worker.process is not None:
            os.kill(worker.process.pid, signal.SIGKILL)
            worker.process.wait()
    assert await outcomes(task("true")) == [[Outcome(True)]]


async def test_who_gives_up_does_not_wait() -> None:
    waiting = asyncio.create_task(outcomes(*[task(SLOW, limit=0.3)] * 50))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await outcomes(task("true")) == [[Outcome(True)]]


async def test_a_process_does_not_get_what_its_parent_knows() -> None:
    os.environ["STAGEPATH_SECRET_KEY"] = "quite secret"
    try:
        pool.close()
        await outcomes(task("true"), task("true"))
        started = [worker.process for worker in pool._all if worker.process is not None]
        environments = [await asyncio.to_thread(_environment, process.pid) for process in started]
    finally:
        del os.environ["STAGEPATH_SECRET_KEY"]
    assert started
    assert all(b"secret" not in environment for environment in environments)


def _environment(pid: int) -> bytes:
    with open(f"/proc/{pid}/environ", "rb") as file:
        return file.read()


SHAPE = record(notes=text(10_000), amount=number())
LENIENT = Language("deal", SHAPE, SHAPE, dearest=10**15)
SAMPLE = {"notes": "Call again", "amount": 1.0}


async def test_a_trial_finds_what_a_price_that_was_too_low_would_let_pass() -> None:
    texts = ("deal.amount > 0.0", " || ".join([SLOW] * 3), 'deal.notes.matches("(?i)x+y")')
    found = await trial.tried(LENIENT, SAMPLE, [compile_expression(LENIENT, text) for text in texts])
    assert [found[0], found[2]] == [None, None]
    assert found[1] is not None
    assert "takes too long for the longest texts" in found[1]


def test_a_trial_is_over_inputs_as_long_as_they_may_be() -> None:
    shape = record(notes=text(7), owner=record(name=text(3)), tags=text(0))
    sample = {"notes": "x", "owner": {"name": "y", "age": 5}, "tags": None}
    assert trial.enlarged(sample, shape, "ab") == {
        "notes": "abababa",
        "owner": {"name": "aba", "age": 5},
        "tags": None,
    }
