"""The chip as a state machine: commands in, answers out. Doc 9303-10 section 3.6, Doc 9303-11, ISO/IEC 7816-4."""

from collections.abc import Callable
from typing import Final

from crossing_devices.simulated.passport import proofs
from crossing_devices.simulated.passport.apdu import (
    MAX_EXTENDED,
    MAX_SHORT,
    Cla,
    Command,
    Ins,
    Refusal,
    StatusWord,
    answer,
    parse_command,
)
from crossing_devices.simulated.passport.bac import CHALLENGE_BYTES, BasicAccess
from crossing_devices.simulated.passport.channel import Channel, is_protected
from crossing_devices.simulated.passport.dice import Dice
from crossing_devices.simulated.passport.filesystem import (
    APPLICATION_ID,
    MASTER_FILE_ID,
    ElementaryFile,
    ReadRight,
    application,
    capabilities,
    master_file,
)
from crossing_devices.simulated.passport.pace import (
    PASSWORD_CAN,
    PASSWORD_MRZ,
    PaceRun,
    dynamic_data,
    mrz_password,
)
from crossing_devices.simulated.passport.personalise import Passport
from crossing_devices.simulated.passport.protocols import (
    Cipher,
    Mapping,
    PaceVariant,
    chip_authentication_oid,
)
from crossing_devices.simulated.passport.timing import Work
from crossing_devices.simulated.passport.tlv import TlvError, integer, oid_value, only, parse, tlv
from crossing_devices.simulated.server import Fault, FaultBoard
from crossing_devices.simulated.specimens.mrz import check_digit

_SET_FOR_PACE: Final = 0xC1A4
_SET_FOR_CHIP_AUTHENTICATION: Final = 0x41A4
_SET_KEY_AGREEMENT: Final = 0x41A6
_ODD_OFFSET: Final = 0x54
_ODD_DATA: Final = 0x53


class Card:
    """A passport's chip in a reader's field.

    ``faults`` are those that the chip itself commits: ``forged`` (the proof that opens the chip is wrong) and
    ``wrong_mac`` (of a protected answer). Of the last command, ``work`` is what it cost and ``read_at`` where in a
    file it read.
    """

    def __init__(self, passport: Passport, faults: FaultBoard | None = None, dice: Dice | None = None) -> None:
        self.passport = passport
        self._dice = dice
        self.work = Work()
        self.read_at = 0
        self._faults = faults or FaultBoard()
        self._master = master_file(passport)
        self._application = application(passport)
        key = passport.mrz_key
        parts = (key.document_number, key.birth_date, key.expiry_date)
        self._mrz_information = "".join(part + check_digit(part) for part in parts)
        self._commands: dict[int, Callable[[Command], tuple[StatusWord, bytes]]] = {
            Ins.SELECT: self._select,
            Ins.READ_BINARY: self._read,
            Ins.READ_BINARY_ODD: self._read_odd,
            Ins.GET_CHALLENGE: self._challenge,
            Ins.EXTERNAL_AUTHENTICATE: self._authenticate,
            Ins.INTERNAL_AUTHENTICATE: self._prove,
            Ins.MANAGE_SECURITY_ENVIRONMENT: self._manage,
            Ins.GENERAL_AUTHENTICATE: self._general_authenticate,
        }
        self.reset()

    @property
    def atr(self) -> bytes:
        """As a contactless reader makes it up (PC/SC part 3, section 3.1.3.2.3), the capabilities in it."""
        historical = b"\x80\x73" + capabilities(self.passport.options)
        told = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
        check = 0
        for byte in told:
            check ^= byte
        return b"\x3b" + told + bytes([check])

    def reset(self) -> None:
        """What leaving the field and coming back does: everything but the files is forgotten."""
        self._directory = self._master
        self._current: ElementaryFile | None = None
        self._channel: Channel | None = None
        self._next_channel: Channel | None = None
        self._bac = BasicAccess(self._mrz_information, self._dice)
        self._pace: PaceRun | None = None
        self._awaits_chip_authentication = False

    def transmit(self, raw: bytes) -> bytes:
        """The answer to a command APDU; every command has one."""
        self.work, self.read_at = Work(), 0
        try:
            command = parse_command(raw)
        except Refusal as refused:
            return answer(refused.status)
        if len(raw) > self._longest or (command.extended and not self.passport.options.extended_length):
            return answer(StatusWord.WRONG_LENGTH)
        return self._protected(command) if is_protected(command) else self._plain(command)

    @property
    def _longest(self) -> int:
        options = self.passport.options
        return options.max_apdu_bytes if options.extended_length else MAX_SHORT + 5

    def _plain(self, command: Command) -> bytes:
        # Doc 9303-11 section 9.8.3: a command in clear ends the session.
        self._channel = None
        status, data = self._execute(command)
        self._channel, self._next_channel = self._next_channel, None
        return answer(status, data)

    def _protected(self, command: Command) -> bytes:
        channel = self._channel
        if channel is None:
            return answer(StatusWord.SM_OBJECT_WRONG)
        try:
            inner = channel.open(command)
        except Refusal as broken:
            self._channel = None
            return answer(broken.status)
        status, data = self._execute(inner)
        sealed = channel.seal(inner, status, data)
        if self._next_channel:
            self._channel, self._next_channel = self._next_channel, None
        if self._faults.take(Fault.WRONG_MAC):
            sealed = sealed[:-3] + bytes([sealed[-3] ^ 0xFF]) + sealed[-2:]
        return sealed

    def _execute(self, command: Command) -> tuple[StatusWord, bytes]:
        try:
            run = self._known(command)
            if command.ins != Ins.GENERAL_AUTHENTICATE:
                self._pace, self._awaits_chip_authentication = None, False
            return run(command)
        except (Refusal, TlvError) as refused:
            self._pace = None
            return refused.status if isinstance(refused, Refusal) else StatusWord.WRONG_DATA, b""

    def _known(self, command: Command) -> Callable[[Command], tuple[StatusWord, bytes]]:
        if command.cla not in (Cla.PLAIN, Cla.CHAINED):
            raise Refusal(StatusWord.CLA_NOT_SUPPORTED)
        if command.cla == Cla.CHAINED and command.ins != Ins.GENERAL_AUTHENTICATE:
            raise Refusal(StatusWord.NO_CHAINING)
        if command.ins not in self._commands:
            raise Refusal(StatusWord.INS_NOT_SUPPORTED)
        return self._commands[command.ins]

    def _select(self, command: Command) -> tuple[StatusWord, bytes]:
        if command.p2 not in (0x00, 0x04, 0x0C):
            raise Refusal(StatusWord.WRONG_PARAMETERS)
        if command.p1 == 0x04:
            self._select_application(command.data)
        elif command.p1 in (0x00, 0x02):
            self._select_by_id(command)
        else:
            raise Refusal(StatusWord.WRONG_PARAMETERS)
        wanted = command.p2 != 0x0C and command.expected
        return StatusWord.OK, self._control_parameters() if wanted else b""

    def _select_application(self, name: bytes) -> None:
        if name != APPLICATION_ID:
            raise Refusal(StatusWord.FILE_NOT_FOUND)
        self._directory, self._current = self._application, None

    def _select_by_id(self, command: Command) -> None:
        file_id = int.from_bytes(command.data, "big") if command.data else MASTER_FILE_ID
        if command.p1 == 0x00 and file_id == MASTER_FILE_ID:
            self._directory, self._current = self._master, None
            return
        self._current = self._permitted(self._directory.by_id(file_id))

    def _control_parameters(self) -> bytes:
        if self._current is None:
            return tlv(0x62, tlv(0x84, APPLICATION_ID) if self._directory is self._application else b"")
        file_id = tlv(0x83, self._current.file_id.to_bytes(2, "big"))
        size = len(self._current.content)
        return tlv(0x62, tlv(0x80, size.to_bytes(2 if size <= 0xFFFF else 3, "big")), file_id)

    def _permitted(self, file: ElementaryFile | None) -> ElementaryFile:
        opened = self._channel is not None
        if file is None:
            # A chip that is not opened does not tell which files it has.
            closed = self._directory is self._application and not opened
            raise Refusal(StatusWord.SECURITY_STATUS if closed else StatusWord.FILE_NOT_FOUND)
        if file.right is ReadRight.TERMINAL or (file.right is ReadRight.OPENED and not opened):
            raise Refusal(StatusWord.SECURITY_STATUS)
        return file

    def _read(self, command: Command) -> tuple[StatusWord, bytes]:
        offset = command.p12
        if command.p1 & 0x80:
            self._current = self._permitted(self._directory.by_short_id(command.p1 & 0x1F))
            offset = command.p2
        return self._part(offset, command, framing=0)

    def _read_odd(self, command: Command) -> tuple[StatusWord, bytes]:
        """With the offset in the data, for files beyond 32 KB (ISO/IEC 7816-4 section 11.3.3)."""
        offset = int.from_bytes(only(command.data, _ODD_OFFSET), "big")
        if command.p12 > 0x1F:
            self._current = self._permitted(self._directory.by_id(command.p12))
        elif command.p12:
            self._current = self._permitted(self._directory.by_short_id(command.p12))
        status, data = self._part(offset, command, framing=4)
        return status, tlv(_ODD_DATA, data)

    def _part(self, offset: int, command: Command, framing: int) -> tuple[StatusWord, bytes]:
        """What of the current file was asked for, and fits an answer with ``framing`` bytes around it."""
        if self._current is None:
            raise Refusal(StatusWord.NO_CURRENT_FILE)
        content = self._permitted(self._current).content
        self.read_at = offset
        if offset >= len(content):
            raise Refusal(StatusWord.WRONG_OFFSET)
        all_there_is = command.expected in (MAX_SHORT, MAX_EXTENDED)
        data = content[offset : offset + max(0, command.expected - framing)][: self._room(command) - framing]
        ended = offset + len(data) == len(content)
        short = ended and not all_there_is and len(data) < command.expected - framing
        return (StatusWord.END_OF_FILE if short else StatusWord.OK), data

    def _room(self, command: Command) -> int:
        limit = self._longest - 2 if command.extended else MAX_SHORT
        return self._channel.room_for(limit) if self._channel else limit

    def _challenge(self, command: Command) -> tuple[StatusWord, bytes]:
        self._bac_is_possible()
        if command.expected != CHALLENGE_BYTES:
            raise Refusal(StatusWord.WRONG_LENGTH)
        return StatusWord.OK, self._bac.challenge()

    def _authenticate(self, command: Command) -> tuple[StatusWord, bytes]:
        self._bac_is_possible()
        forge = self._faults.take(Fault.FORGED) is not None
        proof, self._next_channel = self._bac.authenticate(command.data, forge=forge)
        return StatusWord.OK, proof

    def _bac_is_possible(self) -> None:
        if not self.passport.options.bac:
            raise Refusal(StatusWord.INS_NOT_SUPPORTED)
        if self._directory is not self._application or self._channel:
            raise Refusal(StatusWord.CONDITIONS)

    def _prove(self, command: Command) -> tuple[StatusWord, bytes]:
        """Active authentication; once the chip is opened alone, so that nobody collects signatures in passing."""
        key = self.passport.keys.active_authentication
        if key is None:
            raise Refusal(StatusWord.INS_NOT_SUPPORTED)
        if self._channel is None:
            raise Refusal(StatusWord.SECURITY_STATUS)
        if len(command.data) != 8:
            raise Refusal(StatusWord.WRONG_LENGTH)
        self.work.signatures += 1
        return StatusWord.OK, proofs.active_authentication(key, command.data)

    def _manage(self, command: Command) -> tuple[StatusWord, bytes]:
        objects = dict(parse(command.data))
        if command.p12 == _SET_FOR_PACE:
            self._pace = self._pace_run(objects)
        elif command.p12 == _SET_FOR_CHIP_AUTHENTICATION:
            self._expect_chip_authentication(objects)
        elif command.p12 == _SET_KEY_AGREEMENT:
            self._agree(objects.get(0x91, b""), needs=(Cipher.TDES,))
        else:
            raise Refusal(StatusWord.WRONG_PARAMETERS)
        return StatusWord.OK, b""

    def _pace_run(self, objects: dict[int, bytes]) -> PaceRun:
        passwords = {
            PASSWORD_MRZ: mrz_password(self._mrz_information),
            PASSWORD_CAN: self.passport.options.can.encode("ascii"),
        }
        password = passwords.get(int.from_bytes(objects.get(0x83, b""), "big"))
        if password is None:
            raise Refusal(StatusWord.REFERENCE_NOT_FOUND)
        variant = self._variant(objects.get(0x80, b""), objects.get(0x84))
        static = self.passport.keys.mapping if variant.mapping is Mapping.CHIP_AUTHENTICATION else None
        return PaceRun(variant, password, static_key=static, dice=self._dice)

    def _variant(self, identifier: bytes, parameters: bytes | None) -> PaceVariant:
        for one in self.passport.options.pace:
            wanted = parameters is None or parameters == integer(one.curve.parameter_id)[2:]
            if oid_value(one.oid) == identifier and wanted:
                return one
        raise Refusal(StatusWord.WRONG_DATA)

    def _general_authenticate(self, command: Command) -> tuple[StatusWord, bytes]:
        if self._awaits_chip_authentication:
            self._awaits_chip_authentication = False
            objects = dict(parse(dynamic_data(command.data)))
            self._agree(objects.get(0x80, b""), needs=(Cipher.AES_128, Cipher.AES_192, Cipher.AES_256))
            return StatusWord.OK, tlv(0x7C)
        if self._pace is None:
            raise Refusal(StatusWord.CONDITIONS)
        return StatusWord.OK, self._pace_step(self._pace, command)

    def _pace_step(self, run: PaceRun, command: Command) -> bytes:
        last = run.steps_left == 1
        if last == (command.cla == Cla.CHAINED):
            raise Refusal(StatusWord.CONDITIONS)
        if last:
            run.forge_token = self._faults.take(Fault.FORGED) is not None
        # Mapping: a key, the agreement, the nonce's share. Agreement: a key and the secret.
        self.work.multiplications = {3: 3, 2: 2}.get(run.steps_left, 0)
        data = run.step(command.data)
        if last:
            self._next_channel, self._pace = run.channel, None
        return data

    def _expect_chip_authentication(self, objects: dict[int, bytes]) -> None:
        offered = self.passport.options.chip_authentication
        if self._channel is None:
            raise Refusal(StatusWord.SECURITY_STATUS)
        if offered is None or objects.get(0x80) != oid_value(chip_authentication_oid(offered.cipher)):
            raise Refusal(StatusWord.WRONG_DATA)
        self._awaits_chip_authentication = True

    def _agree(self, reader_key: bytes, needs: tuple[Cipher, ...]) -> None:
        """Chip authentication: the session goes on under new keys after this command's answer."""
        offered, key = self.passport.options.chip_authentication, self.passport.keys.chip_authentication
        if self._channel is None:
            raise Refusal(StatusWord.SECURITY_STATUS)
        if offered is None or key is None or offered.cipher not in needs:
            raise Refusal(StatusWord.CONDITIONS)
        self.work.multiplications += 1
        try:
            self._next_channel = proofs.chip_authentication(key, offered.cipher, reader_key)
        except ValueError as broken:
            raise Refusal(StatusWord.WRONG_DATA) from broken
