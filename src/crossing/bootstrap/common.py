"""What the services of a post and of the capital have in common."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool

from crossing import api_description
from crossing.audit.endpoints import router as audit_router
from crossing.cores import Core
from crossing.faces.figures.endpoints import router as face_figures_router
from crossing.identity.dependencies import requires
from crossing.identity.endpoints import router as identity_router
from crossing.identity.roles import Permission
from crossing.identity.systems import AskingSystems
from crossing.platform.api import new_app
from crossing.platform.idempotency import Once
from crossing.posts.endpoints import posts_router
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.service import HandMadeList
from crossing.screening.proposals.wiring import HandMade, hand_made


class Worker(Protocol):
    """What runs beside the requests from the start of a service to its end."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def lifespan_of(
    *, before: Sequence[Callable[[], object]], workers: Sequence[Worker | None], after: Sequence[Callable[[], object]]
) -> Lifespan:
    """``before`` in its order, then the workers, of which None stands for one that this service does without; at the
    end the workers stop last first, then ``after`` in its order."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for step in before:
            await run_in_threadpool(step)
        running = [worker for worker in workers if worker is not None]
        for worker in running:
            worker.start()
        yield
        for worker in reversed(running):
            await run_in_threadpool(worker.stop)
        for step in after:
            step()

    return lifespan


def new_surface(title: str, core: Core, lifespan: Lifespan) -> FastAPI:
    """An application with the rooms that both services have."""
    app = new_app(title=title, database=core.database, clock=core.clock, lifespan=lifespan)
    app.state.blobs = core.blobs
    app.state.notices = core.notices
    app.state.audit = core.audit
    app.state.identity = core.identity
    app.state.posts = core.posts
    app.state.once = Once(core.clock)
    app.state.systems = AskingSystems(core.clock, core.audit.record)
    may_read, may_manage = requires(Permission.STATUS_READ), requires(Permission.POSTS_MANAGE)
    include(
        app,
        identity_router,
        audit_router,
        face_figures_router,
        posts_router(may_read=may_read, may_manage=may_manage),
        api_description.router,
    )
    return app


def put_into(app: FastAPI, **services: object) -> None:
    """What the endpoints find in ``app.state``."""
    for name, service in services.items():
        setattr(app.state, name, service)


def include(app: FastAPI, *routers: APIRouter) -> None:
    for router in routers:
        app.include_router(router)


def entries_by_hand(kept: HandMadeList, core: Core, lists: ListService) -> HandMade:
    return hand_made(kept, database=core.database, blobs=core.blobs, lists=lists, clock=core.clock, audit=core.audit)
