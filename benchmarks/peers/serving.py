"""One peer in a process of its own: a question in, an answer out, one JSON object a line each way.

Standard library only: the peers live in different environments, and this is what they share.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from time import process_time
from typing import Any, TextIO, TypedDict


class Answer(TypedDict):
    """``documents`` holds the MRZ lines of each document found, the surest first.

    ``sure`` is the reader's own word on the first, None where it has none to say.
    """

    documents: list[list[str]]
    sure: bool | None


def serve(read: Callable[[str], Answer]) -> None:
    """A reader of pages: the question is ``{"file": PATH}``."""
    serve_questions(lambda question: {**read(question["file"])})


def serve_questions(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answers until standard input ends. Processor seconds are those of the process and of its children.

    What ``answer`` raises is an answer too, ``{"error": ...}``: a peer that fails on a question has not answered it.
    """
    replies = _own_replies()
    _reply(replies, {"ready": True})
    for line in sys.stdin:
        started = _processor_seconds()
        try:
            reply = answer(json.loads(line))
        except Exception as failure:  # noqa: BLE001 - any failure of a peer counts as a question not answered
            reply = {"error": f"{type(failure).__name__}: {failure}"}
        _reply(replies, reply | {"cpu": _processor_seconds() - started})


def _own_replies() -> TextIO:
    """Standard output for our replies alone: what a library prints goes to standard error from now on."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _reply(replies: TextIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def _processor_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime
