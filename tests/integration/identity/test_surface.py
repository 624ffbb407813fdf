"""The walk over an application's routes finds what nobody guards."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from starlette.staticfiles import StaticFiles

from crossing.identity.dependencies import requires
from crossing.identity.endpoints import router as identity_router
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.identity.surface import access_table, forgotten


def test_a_guard_counts_wherever_it_is_declared() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    guard = requires(Permission.STATUS_READ)

    def through(principal: Annotated[Principal, Depends(guard)]) -> str:
        return principal.login

    @app.get("/parameter")
    def parameter(_: Annotated[Principal, Depends(guard)]) -> None: ...

    @app.get("/indirect")
    def indirect(_: Annotated[str, Depends(through)]) -> None: ...

    guarded = APIRouter(dependencies=[Depends(guard)])

    @guarded.get("/router")
    def on_router() -> None: ...

    app.include_router(guarded)
    app.include_router(identity_router)
    assert forgotten(app) == []
    table = {(access.method, access.path): access.guards for access in access_table(app)}
    assert table["GET", "/parameter"] == table["GET", "/indirect"] == table["GET", "/router"] == (guard,)
    assert table["GET", "/api/officers"][0].permission is Permission.OFFICERS_MANAGE


def test_what_has_no_guard_is_named_mounts_included() -> None:
    app = FastAPI()

    @app.get("/open")
    def open_to_all() -> None: ...

    app.mount("/files", StaticFiles(directory="."))
    app.mount("/static/3f2a", StaticFiles(directory="."))
    named = {(access.method, access.path) for access in forgotten(app)}
    assert {("GET", "/open"), ("MOUNT", "/files"), ("GET", "/openapi.json"), ("GET", "/docs")} <= named
    assert ("MOUNT", "/static/3f2a") not in named
