"""The database that comes with the program, where several are started at once on a machine that never had one."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make users")

MAKE = "import sys; from crossing.platform.db.embedded import ensure_system_user; ensure_system_user(sys.argv[1])"


@pytest.fixture
def name() -> Iterator[str]:
    name = f"crossing_test_{os.getpid()}"
    yield name
    subprocess.run(["userdel", name], check=True, capture_output=True)


def test_the_user_is_made_once_though_several_ask_for_it_at_once(name: str) -> None:
    begun = [subprocess.Popen([sys.executable, "-c", MAKE, name], stderr=subprocess.PIPE) for _ in range(4)]
    troubles = [process.communicate(timeout=60)[1].decode() for process in begun]
    assert [process.returncode for process in begun] == [0, 0, 0, 0], troubles
    assert pwd.getpwnam(name).pw_uid
