"""A post as it runs in the field: the ``crossing post`` command in a process of its own."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from crossing.cores import open_post
from crossing.demo.client import answers
from crossing.demo.processes import Service, command
from crossing.identity.dependencies import CSRF_HEADER
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.identity.schemas import OfficerIn
from crossing.platform.settings import PostSettings
from tests.factories.desk import good
from tests.factories.services import POST, post_settings, prepared_post
from tests.factories.serving import free_ports

_READY_WITHIN_S: Final = 60.0
_LOGIN: Final = "o.keita"


def environment(settings: PostSettings) -> dict[str, str]:
    """The settings as a process reads them."""
    changed = settings.model_dump(mode="json", include=settings.model_fields_set)
    return {f"CROSSING_POST_{name.upper()}": str(value) for name, value in changed.items() if value is not None}


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without settings of ours, and ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CROSSING_", "INTERPOL_"))}
    return {**kept, **more}


class PostProcess:
    """A post with one lane and one officer. The officer's client stays signed in over every restart."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.settings = post_settings(folder / "data", port=free_ports(1), **changed)
        [self.lane] = prepared_post(self.settings)
        self._code = _add_officer(self.settings)
        self.url = f"http://127.0.0.1:{self.settings.port}"
        self.service = Service(
            "post",
            [command("crossing"), "post"],
            folder / "post.log",
            lambda: answers(self.url),
            environment(self.settings),
        )
        self.officer = httpx.Client(base_url=self.url, trust_env=False, timeout=30, headers={"Accept-Language": "en"})

    def start(self) -> None:
        self.service.start()
        self.service.wait_until_ready(_READY_WITHIN_S)
        if self._code:
            self._sign_in()

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, closed or said."""
        process = self.service.process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL

    def stop(self) -> None:
        self.officer.close()
        self.service.stop()

    def _sign_in(self) -> None:
        signed_in = good(self.officer.post("/api/session", json={"login": _LOGIN, "secret": self._code}))
        self.officer.headers[CSRF_HEADER] = signed_in["csrf_token"]
        password = {"new_password": "a long enough passphrase"}
        assert self.officer.post("/api/session/password", json=password).status_code == 204
        self._code = ""


@contextmanager
def post_process(folder: Path, **changed: Any) -> Iterator[PostProcess]:
    """A running post, stopped at the end."""
    post = PostProcess(folder, **changed)
    try:
        post.start()
        yield post
    finally:
        post.stop()


def _add_officer(settings: PostSettings) -> str:
    opened = open_post(settings)
    try:
        with opened.core.database.unit_of_work() as session:
            new = OfficerIn(
                login=_LOGIN,
                name="O. Keïta",
                roles=frozenset({Role.OFFICER, Role.SECOND_LINE}),
                post=POST.post,
            )
            return opened.core.identity.add_officer(session, actor=SYSTEM, officer=new).code
    finally:
        opened.core.close()
