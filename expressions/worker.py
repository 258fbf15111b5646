"""The process that runs expressions which might take long: asked on standard input, answering on standard output.

One line in: `{"root", "values", "texts", "limit"}`; one line out for each text: `{"met", "problem", "took"}`, the last
in nanoseconds of CPU time. A text that needs more CPU time than `limit`, in seconds, ends the process by the
system's own signal, wherever the native library is at that moment: no outcome depends on how busy the machine is.
"""

import resource
import signal
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cel
import orjson

from expressions.outcomes import FAILURES, Outcome, answered, failed
from expressions.rewriting import variable_of

MAX_MEMORY = 1 << 30


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        _answer(orjson.loads(line))


def _answer(asked: Mapping[str, Any]) -> None:
    root, values = asked["root"], asked["values"]
    context = cel.Context({root: values, **{variable_of(root, name): value for name, value in values.items()}})
    for text in asked["texts"]:
        began = time.process_time_ns()
        signal.setitimer(signal.ITIMER_PROF, asked["limit"])
        outcome = _outcome(text, context)
        signal.setitimer(signal.ITIMER_PROF, 0)
        took = time.process_time_ns() - began
        line = orjson.dumps({"met": outcome.met, "problem": outcome.problem, "took": took})
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()


def _outcome(text: str, context: cel.Context) -> Outcome:
    try:
        return answered(_compiled(text).execute(context))
    except FAILURES as failure:
        return failed(failure)


@lru_cache(maxsize=32)
def _compiled(text: str) -> cel.Program:
    return cel.compile(text)


if __name__ == "__main__":
    main()
