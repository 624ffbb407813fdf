"""A capital's authority and machines to enrol with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.tls import Authority
from crossing.posts import signed_file
from crossing.posts.enrolment import Enrolled, make_request
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.service import PostsService
from tests.factories.clock import StandingClock


def no_record(*_: object, **__: object) -> None:
    """For tests that are not about the audit trail."""


class Capital:
    """The enrolling side: authority, signing key and register."""

    def __init__(self, database: Database, folder: Path, *, clock: Clock | None = None) -> None:
        self.clock = clock or StandingClock()
        self.database = database
        self.authority = Authority(folder / "authority", name="Test capital", clock=self.clock)
        self.signing_key = SigningKey.load_or_create(folder / "capital-signing.key")
        self.service = PostsService(self.clock, no_record)

    def enrol(self, request: bytes) -> Enrolled:
        with self.database.unit_of_work() as session:
            return self.service.enrol(
                session, actor=None, request=request, authority=self.authority, signing_key=self.signing_key
            )


def new_machine(folder: Path, *, post: str = "NIA", name: str = "desk-1") -> MachineIdentity:
    return MachineIdentity.create(
        folder, MachineDescription(post=post, post_name=f"Post {post}", country="UTO", name=name)
    )


def request_of(identity: MachineIdentity) -> bytes:
    return make_request(identity, StandingClock())


def resealed(content: bytes, key: SigningKey, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The file with its body changed and signed again with ``key``."""
    body = json.loads(content)["body"]
    change(body)
    return signed_file.seal(body, key)
