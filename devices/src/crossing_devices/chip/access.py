"""How a chip is opened: by PACE where it offers it, else by BAC, and again where it dropped the session (Doc 9303-11
sections 4.2 and 8; appendix J.1 step 1).

What a chip offers is read in the clear, so that whoever stands between could hide it and have the weaker protocol
spoken. The reader hands over what it saw and used; the post compares it with what was signed (DG14). A PACE that has
begun and fails is never followed by BAC.
"""

import structlog

from crossing.ports.chip import AccessProtocol, ChipFile, ChipRequest, KeyProof, NotRead
from crossing_devices.chip import bac, pace
from crossing_devices.chip.authentication import mapping_proof
from crossing_devices.chip.capabilities import limits
from crossing_devices.chip.channel import Channel
from crossing_devices.chip.errors import Garbled, Unsupported, VariantUnknown, WrongKey
from crossing_devices.chip.keys import Password, can_password, mrz_password
from crossing_devices.chip.lds import FileNotRead, FileReader
from crossing_devices.chip.security_infos import Mapping, PaceInfo, pace_infos, security_infos

MAX_OPENED = 6
"""A chip that drops session after session is given up: every opening is one more trial of the key. An honest one may
drop it over an extended length, and over each of the four files that need not be there."""

_PROTOCOLS = {
    Mapping.GENERIC: AccessProtocol.PACE_GM,
    Mapping.INTEGRATED: AccessProtocol.PACE_IM,
    Mapping.CHIP_AUTHENTICATION: AccessProtocol.PACE_CAM,
}
_log = structlog.get_logger()


class Access:
    """Opens one chip with the key of one request. What was read in the master file is in ``master_files``, why
    something was not in ``master_not_read``; ``pace_refused`` are the offers that the chip itself does not know."""

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
        self.pace_refused: list[str] = []
        self.master_files: dict[ChipFile, bytes] = {}
        self.master_not_read: dict[ChipFile, NotRead] = {}

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
        """By the strongest offer that the chip knows. False where it knows none, and BAC may follow.

        A wrong password is final: the next protocol would ask for the same, and trials are counted.
        """
        password = self._password()
        several = len({offer.parameter_id for offer in self._offered}) > 1
        while password is not None and (info := pace.strongest(self._offered)) is not None:
            try:
                opened = pace.open_with_password(self._channel, info, password, ambiguous=several)
            except VariantUnknown as refused:
                self._pass_over(info, refused)
                continue
            self._channel.session = opened.session
            self.protocol, self.oid = _PROTOCOLS[info.mapping], info.oid
            self._after_pace(opened)
            return True
        return False

    def _pass_over(self, info: PaceInfo, refused: VariantUnknown) -> None:
        """Raises Garbled where the chip knew it before, VariantUnknown where no other protocol is left."""
        self._offered.remove(info)
        self.pace_refused = [*dict.fromkeys([*self.pace_refused, info.oid])]
        _log.warning("pace_refused", oid=info.oid, why=str(refused))
        if self.oid:
            raise Garbled("the chip was opened by PACE, and now does not know it") from refused
        if not self._offered and self._request.mrz is None:
            raise refused

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
        except FileNotRead as failed:
            self.master_not_read[file] = failed.reason
            return None
        self.master_files[file] = content
        return content


def _pace_offers(card_access: bytes) -> list[PaceInfo]:
    try:
        return pace_infos(security_infos(card_access))
    except Garbled as wrong:
        _log.warning("card_access_garbled", why=str(wrong))
        return []
