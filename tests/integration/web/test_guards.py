"""Every page is guarded, and what changes something can't be reached by a mere link."""

import inspect
import subprocess
import sys
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from crossing.identity.dependencies import Requires
from crossing.identity.principal import Principal
from crossing.identity.roles import MACHINE_ROLES, Role
from crossing.web.pages import (
    alerts,
    camera,
    captures,
    devices,
    entries,
    face_figures,
    faces,
    identity,
    interpol,
    interpol_posts,
    lane,
    list_import,
    lists,
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
from crossing.web.rendering import CAPITAL_NAVIGATION, POST_NAVIGATION, NavigationLink

_ROUTERS = (
    alerts,
    camera,
    captures,
    devices,
    entries,
    face_figures,
    faces,
    identity,
    interpol,
    interpol_posts,
    lane,
    list_import,
    lists,
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


@pytest.mark.parametrize("role", sorted(set(Role) - MACHINE_ROLES))
@pytest.mark.parametrize("navigation", [POST_NAVIGATION, CAPITAL_NAVIGATION], ids=["post", "capital"])
def test_what_the_header_offers_a_role_is_open_to_it(navigation: tuple[NavigationLink, ...], role: Role) -> None:
    """And so is its start page, which is the first of these."""
    reader = Principal(id=UUID(int=1), login="someone", name="Someone", roles=frozenset({role}))
    # The two services have a page each at this address.
    elsewhere = interpol_posts if navigation is POST_NAVIGATION else interpol
    served = [page for page in _ROUTERS if page is not elsewhere]
    pages = {route.path: guards(route.dependant) for page in served for route in routes(page.router)}
    for link in navigation:
        if link.is_for(reader):
            assert all(guard.admits(reader) for guard in pages[link.path]), link.path


def test_the_capital_is_put_together_without_a_picture_library() -> None:
    missing = "import sys; sys.modules.update(dict.fromkeys(('cv2', 'onnxruntime', 'dlib')))"
    program = f"{missing}; import crossing.bootstrap, crossing.web.application"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
