"""How a chip is opened: by PACE where it offers it, else by BAC, and again where it dropped the session (Doc 9303-11
sections 4.2 and 8; appendix J.1 step 1)."""

import structlog

from crossing.ports.chip import AccessProtocol, ChipFile, ChipRequest, KeyProof
from crossing_devices.chip import bac, pace
from crossing_devices.chip.authentication import mapping_proof
from crossing_devices.chip.capabilities import limits
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.errors import ChipError, Garbled, Unsupported, WrongKey
from crossing_devices.chip.keys import Password, can_password, mrz_password
from crossing_devices.chip.lds import FileNotRead, FileReader
from crossing_devices.chip.security_infos import Mapping, PaceInfo, pace_infos, security_infos

MAX_OPENED = 4
"""A chip that drops session after session is given up: every opening is one more trial of the key."""

_PROTOCOLS = {
    Mapping.GENERIC: AccessProtocol.PACE_GM,
    Mapping.INTEGRATED: AccessProtocol.PACE_IM,
    Mapping.CHIP_AUTHENTICATION: AccessProtocol.PACE_CAM,
}
_log = structlog.get_logger()


class Access:
    """Opens one chip with the key of one request. What was read in the master file is in ``master_files``."""

    def __init__(self, channel: Channel, files: FileReader, request: ChipRequest, atr: bytes) -> None:
        self._channel = channel
        self._files = files
        self._request = request
        self._atr = atr
        self._offered: list[PaceInfo] = []
        self._opened = 0
        self.protocol = AccessProtocol.NONE
        self.oid = ""
        self.mapping_proof: KeyProof | None = None
        self.master_files: dict[ChipFile, bytes] = {}

    def open(self) -> None:
        """The eMRTD application stands open afterwards. Raises WrongKey, Unsupported, Garbled."""
        card_access = self._master_file(ChipFile.CARD_ACCESS)
        self._files.limits = limits(self._atr, self._files.chip_info())
        self._offered = [] if card_access is None else _pace_offers(card_access)
        self._enter()

    def reopen(self) -> None:
        """After the session was lost. Raises as ``open`` does, and Garbled where it happens again and again."""
        self._channel.session = None
        self._files.select_master_file()
        self._enter()

    def _enter(self) -> None:
        self._opened += 1
        if self._opened > MAX_OPENED:
            raise Garbled("the chip drops one session after the other")
        by_pace = self._by_pace()
        self._files.select_application()
        if not by_pace:
            self._by_mrz()

    def _by_pace(self) -> bool:
        """One try. A wrong password is final: the next protocol would ask for the same, and trials are counted."""
        password, info = self._password(), pace.strongest(self._offered)
        if password is None or info is None:
            return False
        several = len({offer.parameter_id for offer in self._offered}) > 1
        try:
            opened = pace.open_with_password(self._channel, info, password, ambiguous=several)
        except WrongKey:
            raise
        except ChipError as failed:
            if self._request.mrz is None:
                raise
            _log.warning("pace_failed", oid=info.oid, why=str(failed))
            return False
        self._channel.session = opened.session
        self.protocol, self.oid = _PROTOCOLS[info.mapping], info.oid
        self._after_pace(opened)
        return True

    def _after_pace(self, opened: pace.Opened) -> None:
        """While the master file is still the current one."""
        by_mapping = opened.info.mapping is Mapping.CHIP_AUTHENTICATION
        if ChipFile.CARD_SECURITY in self.master_files or not (
            by_mapping or ChipFile.CARD_SECURITY in self._request.files
        ):
            return
        card_security = self._master_file(ChipFile.CARD_SECURITY)
        if by_mapping:
            self.mapping_proof = mapping_proof(opened, card_security)

    def _by_mrz(self) -> None:
        """By BAC, or not at all: there are chips that nothing protects."""
        self.protocol, self.oid = AccessProtocol.NONE, ""
        if self._request.mrz is None:
            if not self._stands_open():
                raise WrongKey("the chip asks for a key of the MRZ, and there is none")
            return
        try:
            self._channel.session = bac.open_with_mrz(self._channel, self._request.mrz)
            self.protocol = AccessProtocol.BAC
        except (WrongKey, Unsupported):
            if not self._stands_open():
                raise

    def _stands_open(self) -> bool:
        try:
            self._files.open(ChipFile.COM)
        except FileNotRead:
            return False
        return True

    def _password(self) -> Password | None:
        if self._request.mrz is not None:
            return mrz_password(self._request.mrz)
        return None if self._request.can is None else can_password(self._request.can)

    def _master_file(self, file: ChipFile) -> bytes | None:
        try:
            content = self._files.read(file)
        except FileNotRead:
            return None
        self.master_files[file] = content
        return content


def _pace_offers(card_access: bytes) -> list[PaceInfo]:
    try:
        return pace_infos(security_infos(card_access))
    except Garbled as wrong:
        _log.warning("card_access_garbled", why=str(wrong))
        return []
