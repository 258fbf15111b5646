"""Training in a process of its own."""

import asyncio
import os
import sys

from app.prediction.training_process import ANSWER, ORDER, Answer, Order

PROGRAM = ("-m", "app.prediction.training_process")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""Threads of scikit-learn wait for each other busily: on a machine whose processors also serve, two take a dozen times
as long as one."""


class TrainingFailed(Exception):
    """The process ended without an answer; with what it said last."""


async def train_apart(order: Order) -> Answer:
    """Raises `TrainingFailed`. Cancelled, it ends the process."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *PROGRAM, stdin=pipe, stdout=pipe, stderr=pipe, env={**ONE_THREAD, **os.environ}
    )
    try:
        answer, said = await process.communicate(ORDER.dump_json(order))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise TrainingFailed(
            said.decode(errors="replace").strip().rpartition("\n")[2] or f"status {process.returncode}"
        )
    return ANSWER.validate_json(answer)
