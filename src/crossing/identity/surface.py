"""What an application lets whom do: every route with its guards, for the test that no route has been forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from crossing.identity.dependencies import Requires

PUBLIC: Final = frozenset(
    {
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("POST", "/api/session"),
        ("GET", "/"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("POST", "/locale"),
    }
)
"""Method and path of what is open to everybody: the way in, and nothing behind it."""

STATIC: Final = "/static/"
"""What is mounted under this is files of the program itself."""


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """One method of one route; ``guards`` is empty where nothing asks who calls."""

    method: str
    path: str
    guards: tuple[Requires, ...]

    @property
    def public(self) -> bool:
        return (self.method, self.path) in PUBLIC or (self.method == "MOUNT" and self.path.startswith(STATIC))


def access_table(app: FastAPI) -> list[RouteAccess]:
    """Every route of ``app``, those of included routers too; a mounted application counts as method ``MOUNT``."""
    return list(_accesses(app))


def forgotten(app: FastAPI) -> list[RouteAccess]:
    """The routes that have no guard and are not meant to be public."""
    return [access for access in access_table(app) if not access.guards and not access.public]


def _accesses(app: FastAPI) -> Iterator[RouteAccess]:
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        guards = tuple(_guards(dependant)) if isinstance(dependant, Dependant) else ()
        methods = ("MOUNT",) if isinstance(context.original_route, Mount) else context.methods or ("ANY",)
        for method in sorted(methods):
            yield RouteAccess(method, context.path or "", guards)


def _guards(dependant: Dependant) -> Iterator[Requires]:
    for needed in dependant.dependencies:
        if isinstance(needed.call, Requires):
            yield needed.call
        yield from _guards(needed)
