"""Every page is guarded, and what changes something can't be reached by a mere link."""

import inspect
import subprocess
import sys

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from crossing.identity.dependencies import Requires
from crossing.web.pages import (
    alerts,
    camera,
    captures,
    devices,
    identity,
    lane,
    movements,
    mrz,
    own_camera,
    posts,
    search,
    second_line,
    sign_in,
    status,
    traveller,
    vehicle,
)

_ROUTERS = (
    alerts,
    camera,
    captures,
    devices,
    identity,
    lane,
    movements,
    mrz,
    own_camera,
    posts,
    search,
    second_line,
    sign_in,
    status,
    traveller,
    vehicle,
)


def routes(router: APIRouter) -> list[APIRoute]:
    return [route for route in router.routes if isinstance(route, APIRoute)]


def guards(dependant: Dependant) -> list[Requires]:
    found = [dependant.call] if isinstance(dependant.call, Requires) else []
    return found + [guard for inner in dependant.dependencies for guard in guards(inner)]


@pytest.mark.parametrize("page", _ROUTERS, ids=lambda page: page.__name__.rsplit(".", 1)[-1])
def test_every_route_of_a_page_asks_who_is_there(page: object) -> None:
    router: APIRouter = page.router  # type: ignore[attr-defined]
    for route in routes(router):
        assert guards(route.dependant) or route.path in sign_in.PUBLIC_PATHS, route.path
        assert not route.include_in_schema, route.path


@pytest.mark.parametrize("page", _ROUTERS, ids=lambda page: page.__name__.rsplit(".", 1)[-1])
def test_reading_changes_nothing_and_changing_is_a_post(page: object) -> None:
    router: APIRouter = page.router  # type: ignore[attr-defined]
    for route in routes(router):
        assert route.methods in ({"GET"}, {"POST"}), route.path
        assert inspect.getmodule(route.endpoint) is page


def test_the_capital_is_put_together_without_a_picture_library() -> None:
    missing = "import sys; sys.modules.update(dict.fromkeys(('cv2', 'onnxruntime', 'dlib')))"
    program = f"{missing}; import crossing.bootstrap, crossing.web.application"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
