"""The virtual passport as a simulated device: what a person's hand does goes over HTTP.

Beside ``/control/state`` and ``/control/fault`` of every simulated device there is

======  ========================  ==========================================================================
POST    ``/control/card``         a :class:`CardOrder` as JSON: makes a passport and lays it on the reader;
                                  answers its zone and card access number
DELETE  ``/control/card``         takes it away
GET     ``/control/master-list``  the authority's CSCA master list (CMS, DER), for a post to trust
======  ========================  ==========================================================================

Faults: ``hang``, ``garbage``, ``vanish`` (each in the middle of a file), ``drip``, ``forged`` (the proof that opens
the chip), ``wrong_mac``.
"""

from pydantic import ValidationError

from crossing_devices.simulated.passport.orders import CardOrder
from crossing_devices.simulated.passport.personalise import Passport
from crossing_devices.simulated.passport.pki import Authority
from crossing_devices.simulated.passport.timing import IMMEDIATE, Timing
from crossing_devices.simulated.passport.vpcd import DEFAULT_PORT, Field
from crossing_devices.simulated.server import Exchange, SimulatedServer


class PassportServer(SimulatedServer):
    """Holds passports of one authority before the reader on ``vpcd_port``."""

    def __init__(
        self,
        token: str,
        authority: Authority,
        port: int = 0,
        *,
        vpcd_port: int = DEFAULT_PORT,
        vpcd_host: str = "127.0.0.1",
        timing: Timing = IMMEDIATE,
    ) -> None:
        super().__init__(token, port)
        self.authority = authority
        self.field = Field(vpcd_port, host=vpcd_host, timing=timing, faults=self.faults)

    def start(self) -> None:
        super().start()
        self.field.start()

    def stop(self) -> None:
        self.field.stop()
        super().stop()

    def lay(self, order: CardOrder) -> Passport:
        """Make a passport and lay it on the reader. Raises ValueError or KeyError for what can not be made."""
        passport = order.passport(self.authority)
        self.field.insert(passport)
        return passport

    def state(self) -> dict[str, object]:
        return {
            "present": self.field.passport is not None,
            "connected": self.field.connected,
            "commands": self.field.commands,
        }

    def answer(self, exchange: Exchange) -> None:
        exchange.reply(404)

    def control(self, exchange: Exchange) -> bool:
        match exchange.command, exchange.path:
            case "POST", "/control/card":
                self._lay(exchange)
            case "DELETE", "/control/card":
                self.field.remove()
                exchange.reply(204)
            case "GET", "/control/master-list":
                exchange.reply(200, self.authority.master_list(), "application/octet-stream")
            case _:
                return False
        return True

    def _lay(self, exchange: Exchange) -> None:
        try:
            passport = self.lay(CardOrder.model_validate_json(exchange.body))
        except ValidationError:
            exchange.reply(422)
        except (ValueError, KeyError) as refused:
            exchange.reply(409, str(refused).encode())
        else:
            exchange.reply_json(201, {"mrz": passport.lines, "can": passport.options.can})
