"""The description of the API, for those who signed in."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import PlainTextResponse, Response

from crossing.identity.dependencies import requires, signed_in
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.api import metrics_page
from crossing.platform.problems import MEDIA_TYPE, SCHEMA

router = APIRouter(tags=["service"])

_NOT_OURS: Final = ("HTTPValidationError", "ValidationError")
"""How the framework would answer invalid fields, if ``platform.problems`` did not."""


@router.get("/api/openapi.json", include_in_schema=False)
def description(request: Request, _reader: Annotated[Principal, Depends(signed_in)]) -> dict[str, Any]:
    return describe(request.app)


@router.get("/metrics", response_class=PlainTextResponse, summary="Figures for Prometheus; no label names a person")
def metrics(request: Request, _reader: Annotated[Principal, Depends(requires(Permission.METRICS_READ))]) -> Response:
    return metrics_page(request)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``; pages are not part of it. Made once: no route comes later."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        _say_how_problems_look(document)
        app.openapi_schema = document
    return app.openapi_schema


def _say_how_problems_look(document: dict[str, Any]) -> None:
    """Every answer but success is a problem of one shape, whichever status it has."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _NOT_OURS:
        schemas.pop(name, None)
    schemas["Problem"] = SCHEMA
    problem = {
        "description": "A problem (RFC 9457). ``code`` is stable; ``title`` is in the language of Accept-Language.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for item in document["paths"].values():
        for operation in item.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = problem
