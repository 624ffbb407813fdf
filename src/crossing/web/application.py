"""Puts the pages into an application: ``bootstrap`` calls :func:`add_pages` once for each service."""

from collections.abc import Mapping
from types import ModuleType
from typing import Literal

from fastapi import FastAPI

from crossing.platform.i18n import mark
from crossing.screening.services.description import Names
from crossing.web import errors
from crossing.web.pages import (
    ahead,
    alerts,
    camera,
    captures,
    devices,
    endings,
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
from crossing.web.rendering import (
    CAPITAL_NAVIGATION,
    POST_NAVIGATION,
    STATIC,
    ImmutableFiles,
    Surface,
    static_base,
)

CAPITAL_NAME = mark("Capital")


def add_pages(app: FastAPI, *, kind: Literal["post", "capital"], place: str, sources: Mapping[str, Names]) -> None:
    """The pages of a post or of the capital. ``place`` is the post's name; the capital may go without one.
    ``sources``: the names of the watchlist services by their codes.

    ``app.state`` must carry the rooms' services already.
    """
    app.mount(static_base(), ImmutableFiles(directory=STATIC), name="static")
    errors.install(app)
    app.include_router(sign_in.router)
    pages: tuple[ModuleType, ...]
    if kind == "post":
        app.state.surface = Surface("post", place, POST_NAVIGATION, sources)
        pages = (
            lane,
            identity,
            mrz,
            camera,
            own_camera,
            captures,
            faces,
            vehicle,
            devices,
            second_line,
            ahead,
            movements,
            list_import,
            lists,
            entries,
            endings,
            face_figures,
            interpol,
            status,
        )
    else:
        app.state.surface = Surface("capital", place or CAPITAL_NAME, CAPITAL_NAVIGATION, sources)
        pages = (
            search,
            traveller,
            alerts,
            list_import,
            lists,
            entries,
            endings,
            face_figures,
            interpol_posts,
            posts,
        )
    for page in pages:
        app.include_router(page.router)
