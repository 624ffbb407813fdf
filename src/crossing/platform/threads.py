"""Threads that belong to a request: what they log and ask for carries its correlation id."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class RequestThreads(ThreadPoolExecutor):
    """A pool whose work runs in the context of whoever submitted it."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        context = copy_context()
        return super().submit(lambda: context.run(fn, *args, **kwargs))
