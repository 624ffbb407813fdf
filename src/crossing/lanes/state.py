"""The lane's services, as ``bootstrap`` put them into the application."""

from starlette.requests import Request

from crossing.lanes.finger_desk import FingerDesk
from crossing.lanes.pipeline import LanePipeline
from crossing.lanes.service import Desk
from crossing.platform.idempotency import Once


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def pipeline_of(request: Request) -> LanePipeline:
    pipeline: LanePipeline = request.app.state.pipeline
    return pipeline


def finger_desk_of(request: Request) -> FingerDesk:
    fingers: FingerDesk = request.app.state.fingers
    return fingers


def once_of(request: Request) -> Once:
    once: Once = request.app.state.once
    return once
