"""The database that comes with the program, where several are started at once on a machine that never had one."""

import fcntl
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make users")

MAKE = "import sys; from crossing.platform.db.embedded import ensure_system_user; ensure_system_user(sys.argv[1])"


@pytest.fixture
def name() -> Iterator[str]:
    name = f"crossing_test_{os.getpid()}"
    yield name
    subprocess.run(["userdel", name], check=True, capture_output=True)


def test_who_makes_the_user_waits_for_whoever_is_at_it(name: str) -> None:
    with Path("/etc/passwd").open("rb") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        waiting = [subprocess.Popen([sys.executable, "-c", MAKE, name], stderr=subprocess.PIPE) for _ in range(3)]
        with pytest.raises(subprocess.TimeoutExpired):
            waiting[0].wait(timeout=3)
        assert name not in {one.pw_name for one in pwd.getpwall()}
    troubles = [process.communicate(timeout=60)[1].decode() for process in waiting]
    assert [process.returncode for process in waiting] == [0, 0, 0], troubles
    assert name in {one.pw_name for one in pwd.getpwall()}
