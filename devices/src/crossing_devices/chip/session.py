"""One read of one chip, from the first command to the dump that the post judges."""

import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from crossing.ports.chip import (
    ChipDump,
    ChipFile,
    ChipRequest,
    KeyProof,
    NotRead,
    Proof,
    SignedChallenge,
)
from crossing.ports.devices import Progress, Report
from crossing_devices.captures import Deadline
from crossing_devices.chip.access import Access
from crossing_devices.chip.apdu import SHORT_LE
from crossing_devices.chip.authentication import agree_on_new_keys, offered_in, sign_challenge
from crossing_devices.chip.cards import Card, TimedCard
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.errors import Garbled, SessionLost, StatusError
from crossing_devices.chip.lds import IN_MASTER_FILE, FileNotRead, FileReader, OpenFile
from crossing_devices.chip.security_infos import ChipAuthentication, chip_authentications, security_infos

_FIRST: Final = (ChipFile.COM, ChipFile.SOD)
_LAST: Final = (ChipFile.DG2, ChipFile.DG5, ChipFile.DG7, ChipFile.DG3, ChipFile.DG4)
"""Pictures: large, and worth nothing before the small files."""

_log = structlog.get_logger()


def read_chip(card: Card, request: ChipRequest, report: Report, deadline: Deadline) -> ChipDump:
    """Everything that was asked for and that the chip gives.

    Raises WrongKey, Unsupported and Garbled where there is no dump at all; DeviceError where the card is gone or the
    deadline over. A single file that can't be had is in ``not_read``: as absent or refused where the chip says so
    under the session's protection, as garbled where the answer has none, for then it is anybody's.
    """
    reading = _Reading(card, request, report, deadline)
    reading.run()
    return reading.dump()


class _Reading:
    """DG14 comes first, because chip authentication renews the keys that all else is read with. Then the beginning of
    every file, so that the whole's size is known; then the rest of them, pictures last."""

    def __init__(self, card: Card, request: ChipRequest, report: Report, deadline: Deadline) -> None:
        self._card = TimedCard(card, deadline)
        self._atr = card.atr
        self._request = request
        self._report = report
        self._channel = Channel(self._card.transmit)
        self._files = FileReader(self._channel)
        self._access = Access(self._channel, self._files, request, card.atr)
        self._opened: dict[ChipFile, OpenFile] = {}
        self._not_read: dict[ChipFile, NotRead] = {}
        self._current: ChipFile | None = None
        self._total = 0
        self._stages: dict[str, float] = {}
        self._chip_proof: KeyProof | None = None
        self._signed: SignedChallenge | None = None

    def run(self) -> None:
        with self._stage("access"):
            self._access.open()
        if ChipFile.DG14 in self._request.files:
            self._begin(ChipFile.DG14)
            self._finish(ChipFile.DG14)
            self._authenticate_chip()
        files = _in_order(self._request.files)
        for file in files:
            self._begin(file)
        self._total = sum(file.total for file in self._opened.values())
        self._sign()
        for file in files:
            self._finish(file)

    def dump(self) -> ChipDump:
        complete = {file: bytes(opened.content) for file, opened in self._opened.items() if opened.is_complete}
        files = {**self._access.master_files, **complete}
        in_master_file = {file for file in self._request.files if file in IN_MASTER_FILE - files.keys()}
        reasons = {file: self._access.master_not_read.get(file, NotRead.ABSENT) for file in in_master_file}
        return ChipDump(
            access=self._access.protocol,
            access_oid=self._access.oid,
            pace_refused=tuple(self._access.pace_refused),
            files={file: b64encode(content) for file, content in files.items()},
            not_read={**reasons, **self._not_read},
            active_authentication=self._signed,
            chip_authentication=self._chip_proof,
            pace_cam=self._access.mapping_proof,
            atr=self._atr.hex(),
            stages={name: round(ms, 3) for name, ms in self._stages.items()},
            card_ms=round(self._card.card_ms, 3),
            exchanges=self._card.exchanges,
        )

    # -- files

    def _begin(self, file: ChipFile) -> None:
        if file in self._opened or file in self._not_read:
            return
        with self._stage(file.value):
            try:
                self._opened[file] = self._files.open(file)
                self._current = file
            except FileNotRead as failed:
                self._not_read[file], self._current = failed.reason, None
            except SessionLost:
                self._not_read[file] = NotRead.GARBLED
                self._reopen()
        self._tell(file.value)

    def _finish(self, file: ChipFile) -> None:
        opened = self._opened.get(file)
        if opened is None or opened.is_complete:
            return
        with self._stage(file.value):
            try:
                while not opened.is_complete:
                    self._read_more(file, opened)
                    self._tell(file.value)
            except FileNotRead as failed:
                self._not_read[file] = failed.reason

    def _read_more(self, file: ChipFile, opened: OpenFile) -> None:
        """A chip may drop the session over a length that it can't answer: asked for less, it goes on."""
        largest = self._files.limits.largest
        is_current, self._current = self._current is file, file
        try:
            self._files.read_more(opened, is_current=is_current)
        except SessionLost as lost:
            self._reopen()
            if self._files.limits.largest == largest:
                raise FileNotRead(NotRead.GARBLED) from lost

    def _reopen(self) -> None:
        self._current = None
        self._access.reopen()

    # -- proofs

    def _authenticate_chip(self) -> None:
        """Not where PACE has proved the same in passing."""
        passed = self._access.mapping_proof is not None and self._access.mapping_proof.outcome is Proof.PASSED
        dg14 = self._opened.get(ChipFile.DG14)
        if passed or dg14 is None or not dg14.is_complete:
            return
        try:
            offered = chip_authentications(security_infos(offered_in(bytes(dg14.content))))
        except Garbled as wrong:
            self._chip_proof = KeyProof(outcome=Proof.NOT_DONE, detail=f"EF.DG14: {wrong}")
            return
        if offered:
            with self._stage("chip_authentication"):
                failure = self._agree(offered[0])
            outcome = Proof.PASSED if failure is None else Proof.FAILED
            key = offered[0].key.info.hex()
            self._chip_proof = KeyProof(outcome=outcome, oid=offered[0].oid, public_key=key, detail=failure or "")

    def _agree(self, offered: ChipAuthentication) -> str | None:
        """Why chip authentication failed; None where the chip has answered in the new session."""
        old = self._channel.session
        try:
            self._channel.session = agree_on_new_keys(self._channel, offered)
            self._current = None
            opened = self._files.open(ChipFile.COM)
            if ChipFile.COM in self._request.files:
                self._opened[ChipFile.COM], self._current = opened, ChipFile.COM
        except FileNotRead:
            return None  # refused, and yet in an answer that only the right keys can protect
        except (SessionLost, Garbled) as failed:
            self._reopen()
            return str(failed)
        except StatusError as refused:
            self._channel.session = old
            return str(refused)
        return None

    def _sign(self) -> None:
        """Active authentication, where the chip has a key for it. Where it does not sign, the answer is empty."""
        key = self._opened.get(ChipFile.DG15)
        if key is None or self._request.challenge is None:
            return
        extended = key.total > SHORT_LE and self._files.limits.largest > SHORT_LE
        response = b""
        self._tell("active_authentication")
        with self._stage("active_authentication"):
            try:
                challenge = bytes.fromhex(self._request.challenge)
                response = sign_challenge(self._channel, challenge, extended=extended)
            except SessionLost:
                self._reopen()
            except StatusError as refused:
                _log.warning("active_authentication_refused", status=f"{refused.status:04x}")
        self._current = None
        self._signed = SignedChallenge(challenge=self._request.challenge, response=response.hex())

    # -- what is told of it

    def _tell(self, step: str) -> None:
        done = sum(len(file.content) for file in self._opened.values())
        self._report(Progress(step=step, done=done, total=self._total))

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._stages[name] = self._stages.get(name, 0.0) + (time.perf_counter() - started) * 1000


def _in_order(files: tuple[ChipFile, ...]) -> list[ChipFile]:
    asked = [file for file in files if file not in IN_MASTER_FILE]
    first = [file for file in _FIRST if file in asked]
    last = [file for file in _LAST if file in asked]
    return [*first, *(file for file in asked if file not in _FIRST and file not in _LAST), *last]
