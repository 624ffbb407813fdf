"""The description of the API, for those who signed in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from crossing.identity.dependencies import requires, signed_in
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.api import metrics_page

router = APIRouter(tags=["service"])


@router.get("/api/openapi.json", include_in_schema=False)
def description(request: Request, _reader: Annotated[Principal, Depends(signed_in)]) -> dict[str, Any]:
    return describe(request.app)


@router.get("/metrics", summary="Figures for Prometheus; no label names a person")
def metrics(request: Request, _reader: Annotated[Principal, Depends(requires(Permission.METRICS_READ))]) -> Response:
    return metrics_page(request)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``; pages are not part of it."""
    return get_openapi(title=app.title, version=app.version, routes=app.routes)
