"""The device service: SBI 1.0 over HTTP, with the controls that every simulated device has.

=========== ===================  ============================================================================
MOSIPDISC   ``/device``          the devices, their identity unsigned
MOSIPDINFO  ``/info``            the devices, signed
RCAPTURE    ``/capture``         signed records (a service whose purpose is Registration)
CAPTURE     ``/capture``         encrypted and signed records (one whose purpose is Auth)
STREAM      ``/stream``          the sensor's picture as MJPEG
POST        ``/control/hand``    a hand is laid on the scanner, and stays there; so it begins
DELETE      ``/control/hand``    the hand is taken away
POST        ``/control/face``    body: a JPEG; who stands before the camera
GET         ``/control/trust``   the authority's certificate as PEM, for the driver's ``trust``
GET         ``/control/state``   ``{"hand": true, "capturing": false, "fault": null}``
POST        ``/control/fault``   ``{"fault": NAME, "times": N or null}``
DELETE      ``/control/fault``   clears the fault
=========== ===================  ============================================================================

Faults, at a capture: ``hang``, ``drip`` (the answer comes in pieces over a second), ``cut`` (the connection ends in
its middle), ``garbage``, ``busy``, ``forged`` (a signature does not hold), ``broken_chain`` (the hashes do not),
``replayed`` (the answer to another question); and ``vanish`` (every connection is closed unanswered).
"""

import json
import threading
import uuid
from typing import Any, ClassVar, Final

from cryptography import x509

from crossing_devices.sbi.protocol import POSITIONS, SLAPS, SUBTYPES
from crossing_devices.simulated.sbi import answers
from crossing_devices.simulated.sbi.answers import Model, Seal
from crossing_devices.simulated.sbi.pki import DevicePki, base64url
from crossing_devices.simulated.sbi.records import RecordForm, drawn_face, face_record, finger_record, preview
from crossing_devices.simulated.server import Exchange, Fault, SimulatedServer

SCANNER: Final = Model("1", "Finger", "Slap", ("1", "2", "3"), "Simulated Slap", "SIM-SLAP-000001")
CAMERA: Final = Model("2", "Face", "Full face", ("0",), "Simulated Face", "SIM-FACE-000001")
CAPTURE_S: Final = 0.05
QUALITY: Final = 82
_PIECES: Final = 10
_BOUNDARY: Final = b"--BoundaryString"
_FRAME_S: Final = 0.1


class SbiExchange(Exchange):
    """One request; SBI's verbs are handled as the standard ones are."""


for _verb in ("MOSIPDISC", "MOSIPDINFO", "CAPTURE", "RCAPTURE", "STREAM"):
    setattr(SbiExchange, f"do_{_verb}", Exchange.do_POST)


class SbiServer(SimulatedServer):
    """A slap scanner and a face camera. ``lay`` and ``lift`` are what a traveller's hand does.

    ``encrypt_for`` makes it a service for authentication (purpose Auth); without it is one for registration.
    """

    exchange: ClassVar[type[Exchange]] = SbiExchange

    def __init__(
        self,
        token: str,
        port: int = 0,
        *,
        pki: DevicePki | None = None,
        encrypt_for: x509.Certificate | None = None,
        form: RecordForm = RecordForm.WSQ,
        person: int = 1,
    ) -> None:
        super().__init__(token, port)
        self.pki = pki or DevicePki.create()
        self.form = form
        self.person = person
        self._encrypt_for = encrypt_for
        self._hand = threading.Event()
        self._hand.set()
        self._capturing = threading.Lock()
        self._face = drawn_face()

    @property
    def purpose(self) -> str:
        return "Registration" if self._encrypt_for is None else "Auth"

    def lay(self) -> None:
        self._hand.set()

    def lift(self) -> None:
        self._hand.clear()

    def show(self, picture: bytes) -> None:
        """Raises ValueError for what is no JPEG."""
        face_record(picture)
        self._face = picture

    def state(self) -> dict[str, object]:
        return {"hand": self._hand.is_set(), "capturing": self._capturing.locked()}

    def control(self, exchange: Exchange) -> bool:
        if (exchange.command, exchange.path) == ("GET", "/control/trust"):
            exchange.reply(200, self.pki.authority_pem, "application/x-pem-file")
        elif (exchange.command, exchange.path) == ("POST", "/control/face"):
            self._control_face(exchange)
        elif exchange.path == "/control/hand" and exchange.command in ("POST", "DELETE"):
            (self.lay if exchange.command == "POST" else self.lift)()
            exchange.reply(204)
        else:
            return False
        return True

    def answer(self, exchange: Exchange) -> None:
        if self.faults.take(Fault.VANISH):
            exchange.cut()
            return
        handlers = {
            ("MOSIPDISC", "/device"): self._discover,
            ("MOSIPDINFO", "/info"): self._info,
            ("RCAPTURE", "/capture"): self._capture,
            ("CAPTURE", "/capture"): self._capture,
            ("STREAM", "/stream"): self._stream,
        }
        handler = handlers.get((exchange.command, exchange.path))
        if handler is None:
            exchange.reply(404)
        else:
            handler(exchange)

    def _control_face(self, exchange: Exchange) -> None:
        try:
            self.show(exchange.body)
        except ValueError:
            exchange.reply(422)
        else:
            exchange.reply(204)

    @property
    def _status(self) -> str:
        return "Busy" if self.faults.current is Fault.BUSY or self._capturing.locked() else "Ready"

    def _discover(self, exchange: Exchange) -> None:
        kind = str(_asked(exchange).get("type", "")).lower()
        if kind not in ("biometric device", "finger", "face"):
            exchange.reply_json(200, [{"error": answers.error("502")}])
            return
        models = [one for one in (SCANNER, CAMERA) if kind in ("biometric device", one.kind.lower())]
        unsigned = [(one, base64url(json.dumps(one.digital_id()).encode())) for one in models]
        described = [one.described(identity, self._status, self.purpose) for one, identity in unsigned]
        exchange.reply_json(200, [{**one, "error": answers.error("0")} for one in described])

    def _info(self, exchange: Exchange) -> None:
        told = [
            one.described(self.pki.signed(one.digital_id()), self._status, self.purpose) for one in (SCANNER, CAMERA)
        ]
        exchange.reply_json(200, [{"deviceInfo": self.pki.signed(one), "error": answers.error("0")} for one in told])

    def _capture(self, exchange: Exchange) -> None:
        asked, family = _asked(exchange), "7" if exchange.command == "RCAPTURE" else "8"
        fault = self.faults.take(
            Fault.HANG,
            Fault.DRIP,
            Fault.CUT,
            Fault.GARBAGE,
            Fault.BUSY,
            Fault.FORGED,
            Fault.BROKEN_CHAIN,
            Fault.REPLAYED,
        )
        if fault is Fault.HANG:
            self.stopping.wait(60)
            exchange.cut()
        elif (family == "7") != (self._encrypt_for is None):
            exchange.reply_json(200, answers.failed(family + "09"))
        elif fault is Fault.BUSY or not self._capturing.acquire(blocking=False):
            exchange.reply_json(200, answers.failed(family + "03"))
        else:
            try:
                content = self._captured(asked, family, fault)
            finally:
                self._capturing.release()
            self._send(exchange, json.dumps(content).encode(), fault)

    def _captured(self, asked: dict[str, Any], family: str, fault: Fault | None) -> dict[str, Any]:
        try:
            wanted, timeout_s = asked["bio"][0], int(asked["timeout"]) / 1000
            model = next((one for one in (SCANNER, CAMERA) if one.device_id == wanted["deviceId"]), None)
            if model is None:
                return answers.failed(family + "05")
            if model is SCANNER and not self._laid(timeout_s):
                return answers.failed(family + "01")
            self.stopping.wait(CAPTURE_S)
            return {"biometrics": self._biometrics(model, asked, wanted, fault)}
        except (KeyError, IndexError, TypeError, ValueError):
            return answers.failed(family + "10")

    def _laid(self, timeout_s: float) -> bool:
        """Whether a hand lies on the scanner before the time is over or the device is switched off."""
        for _ in range(round(timeout_s / 0.02)):
            if self._hand.wait(0.02):
                return True
            if self.stopping.is_set():
                return False
        return self._hand.is_set()

    def _biometrics(
        self, model: Model, asked: dict[str, Any], wanted: dict[str, Any], fault: Fault | None
    ) -> list[dict[str, Any]]:
        """Chained one behind the other, as asked."""
        transaction = str(uuid.uuid4()) if fault is Fault.REPLAYED else str(asked["transactionId"])
        seal = Seal(self.pki, model, asked, transaction, self._encrypt_for)
        previous, made = str(wanted.get("previousHash") or ""), []
        for subtype, record in self._records(model, wanted):
            made.append(seal.biometric(subtype, record, QUALITY, previous))
            previous = made[-1]["hash"]
        if fault is Fault.FORGED:
            made[-1]["data"] = _forged(made[-1]["data"])
        if fault is Fault.BROKEN_CHAIN:
            made[-1]["hash"] = "0" * 64
        return made

    def _records(self, model: Model, wanted: dict[str, Any]) -> list[tuple[str | None, bytes]]:
        if model is CAMERA:
            return [(None, face_record(self._face))]
        hand = SLAPS[str(wanted["deviceSubId"])]
        named = [POSITIONS[name.lower()] for name in wanted.get("bioSubType") or [SUBTYPES[one] for one in hand]]
        excepted = {POSITIONS[name.lower()] for name in wanted.get("exception") or []}
        there = [one for one in hand if one in named and one not in excepted]
        return [(SUBTYPES[one], finger_record(self.person, one, QUALITY, self.form)) for one in there]

    def _send(self, exchange: Exchange, content: bytes, fault: Fault | None) -> None:
        if self.stopping.is_set():
            exchange.cut()
            return
        if fault is Fault.GARBAGE:
            content = bytes(reversed(content))
        if fault not in (Fault.CUT, Fault.DRIP):
            exchange.reply(200, content, "application/json")
            return
        exchange.send_response(200)
        exchange.send_header("Content-Type", "application/json")
        exchange.send_header("Content-Length", str(len(content)))
        exchange.end_headers()
        piece = len(content) // _PIECES + 1
        for start in range(0, len(content), piece):
            if (fault is Fault.CUT and start) or self.stopping.wait(1 / _PIECES):
                exchange.cut()
                return
            exchange.wfile.write(content[start : start + piece])

    def _stream(self, exchange: Exchange) -> None:
        model = CAMERA if str(_asked(exchange).get("deviceId")) == CAMERA.device_id else SCANNER
        exchange.close_connection = True
        exchange.send_response(200)
        exchange.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}")
        exchange.send_header("Cache-Control", "no-store")
        exchange.end_headers()
        while not self.stopping.wait(_FRAME_S):
            frame = self._face if model is CAMERA else preview(self.person, tuple(SLAPS["2"]))
            head = b"Content-Type:image/jpeg\r\nContent-Length:" + str(len(frame)).encode()
            exchange.wfile.write(_BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + frame + b"\r\n\r\n")


def _asked(exchange: Exchange) -> dict[str, Any]:
    """The question's JSON; {} where it is none, as real services answer rather than refuse."""
    try:
        content = json.loads(exchange.body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _forged(token: str) -> str:
    """The token with one letter of its payload changed."""
    header, payload, signature = token.split(".")
    middle = len(payload) // 2
    changed = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{changed}{payload[middle + 1 :]}.{signature}"
