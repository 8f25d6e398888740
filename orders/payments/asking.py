"""Rounds of questions to WeChat: several side by side, since the waiting is WeChat's and not ours."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from blindbox.common.errors import Unavailable
from blindbox.common.http import CallInsideTransaction, in_own_transaction

logger = logging.getLogger(__name__)

Row = TypeVar("Row")
Answer = TypeVar("Answer")

SIDE_BY_SIDE = 8
LONGEST_RUN_SECONDS = 4.0  # less than beat's interval, so that a slow WeChat does not occupy every worker


@dataclass(frozen=True)
class Round(Generic[Row, Answer]):
    """
    How one kind of row is asked about.

    `take` claims a row's turn or finds that it is over, `ask` only calls WeChat, `apply` records what it said, and
    `put_off` gives a turn back that WeChat left unanswered.
    """

    take: Callable[[int], Row | None]
    ask: Callable[[Row], Answer]
    apply: Callable[[Row, Answer], object]
    put_off: Callable[[Row], object]

    def run(self, due: Sequence[int]) -> int:
        """
        Ask about each in turn, for a few seconds at most; return how many questions were answered.

        One odd answer keeps nobody else waiting. When nobody gets an answer WeChat is silent, and the round is over.
        """
        answered, end = 0, time.monotonic() + LONGEST_RUN_SECONDS
        for few in _chunks(due):
            rows = [row for row in map(self.take, few) if row is not None]
            heard = sum(map(self._record, rows, _together([partial(self.ask, row) for row in rows])))
            answered += heard
            if (rows and not heard) or time.monotonic() >= end:
                break
        return answered

    def _record(self, row: Row, answer: "Answer | Exception") -> bool:
        """Record an answer; return whether there was one."""
        if isinstance(answer, Unavailable):
            logger.warning("WeChat does not answer about %s: %s", row, answer.details)
            self.put_off(row)
            return False
        if isinstance(answer, Exception):
            logger.error("The answer about %s cannot be used", row, exc_info=answer)
            return True
        try:
            self.apply(row, answer)
        except Exception:
            logger.exception("The answer about %s cannot be applied", row)
        return True


def _chunks(due: Sequence[int]) -> Iterator[Sequence[int]]:
    return (due[start : start + SIDE_BY_SIDE] for start in range(0, len(due), SIDE_BY_SIDE))


def _together(questions: Sequence[Callable[[], Answer]]) -> list["Answer | Exception"]:
    """Call them in threads that have no database connection; return each answer, or why there is none."""
    if in_own_transaction():
        raise CallInsideTransaction("questions to WeChat")
    if not questions:
        return []
    with ThreadPoolExecutor(len(questions)) as threads:
        return list(threads.map(_answer, questions))


def _answer(question: Callable[[], Answer]) -> "Answer | Exception":
    try:
        return question()
    except Exception as error:  # noqa: BLE001  the one who asked judges it
        return error
