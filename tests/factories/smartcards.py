"""The real smart card service, pcscd, with the virtual reader of vpcd: private to this process, gone after the test.

pcscd keeps its socket at a fixed place, one on a machine. Here it runs in a mount namespace of its own, where that
place is a folder of this process, so that test workers do not meet and another pcscd is never touched. Where no
namespace can be made, one pcscd for the machine serves, and workers take turns.

Importing this module points this process and its children at that folder, before libpcsclite looks for it once.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from tests.factories.serving import free_ports
from tests.factories.waiting import wait_until

READER: Final = "Virtual PCD 00 00"
DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_FOLDER: Final = Path(tempfile.gettempdir()) / f"crossing-pcscd-{os.getpid()}"
_RUN: Final = _FOLDER / "run"
_SOCKET: Final = _RUN / "pcscd" / "pcscd.comm"
_LOCK: Final = Path(tempfile.gettempdir()) / "crossing-pcscd.lock"
_MACHINE_SOCKET: Final = Path("/run/pcscd/pcscd.comm")
_READY_WITHIN_S: Final = 60.0
_CONFIGURATION: Final = f"""FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:{{port}}
LIBPATH {DRIVER}
CHANNELID {{port}}
"""

os.environ["PCSCLITE_CSOCK_NAME"] = str(_SOCKET)


class SmartCardService:
    """One pcscd with a virtual reader, to which cards connect on ``vpcd_port``. Can be stopped and started again."""

    def __init__(self) -> None:
        self.vpcd_port = free_ports(2)  # The driver opens two readers, on two ports in a row.
        self._log = _FOLDER / "pcscd.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once readers can be listed. Fails where pcscd or vpcd is missing, or does not start."""
        pcscd = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        assert pcscd, "pcscd is not installed: run 'make setup-test'"
        assert DRIVER.exists(), "vpcd (vsmartcard-vpcd) is not installed: run 'make setup-test'"
        configuration = _FOLDER / "readers"
        configuration.mkdir(exist_ok=True)
        (configuration / "vpcd").write_text(_CONFIGURATION.format(port=self.vpcd_port), encoding="ascii")
        run = [pcscd, "--foreground", "--info", "--config", str(configuration)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([*_namespace(), *run], stdout=log, stderr=log)
        try:
            wait_until(self._is_ready, within_s=_READY_WITHIN_S, what="the start of pcscd")
        except AssertionError as late:
            self.stop()
            raise AssertionError(f"pcscd did not start:\n{self._log.read_text('utf-8', 'replace')}") from late

    def stop(self) -> None:
        """May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            # A driver that waits for a card's answer holds it up.
            process.kill()
            process.wait(60)
        if not _namespace():
            _MACHINE_SOCKET.unlink(missing_ok=True)

    def _is_ready(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "it ended at once"
        return b"daemon ready" in self._log.read_bytes()


@contextmanager
def smart_card_service() -> Iterator[SmartCardService]:
    """A running pcscd that this process and its children find."""
    with ExitStack() as stack:
        if not _namespace():
            _take_the_machine(stack)
        shutil.rmtree(_FOLDER, ignore_errors=True)
        _SOCKET.parent.mkdir(parents=True)
        stack.callback(shutil.rmtree, _FOLDER)
        if not _namespace():
            _SOCKET.symlink_to(_MACHINE_SOCKET)
        service = SmartCardService()
        service.start()
        stack.callback(service.stop)
        yield service


def _namespace() -> list[str]:
    """What makes the namespace and then becomes pcscd; empty where this user can make none."""
    identity = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    head = ["unshare", "--mount", *identity]
    if shutil.which("unshare") is None or subprocess.run([*head, "true"], check=False).returncode:
        return []
    return [*head, "sh", "-c", 'mount --bind "$0" /run && exec "$@"', str(_RUN)]


def _take_the_machine(stack: ExitStack) -> None:
    """The turn of this process at the one pcscd of the machine. Fails where another runs or this user may not."""
    lock: IO[bytes] = stack.enter_context(_LOCK.open("ab"))
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert os.geteuid() == 0, "pcscd needs root here, since this user can make no mount namespace (unshare)"
    assert not _MACHINE_SOCKET.exists(), "another pcscd runs: stop it ('systemctl stop pcscd.socket pcscd.service')"
