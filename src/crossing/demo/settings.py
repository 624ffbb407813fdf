"""Where the demonstration lives and which ports it takes."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Ports:
    post: int = 8400
    agent: int = 8410
    scanner: int = 8411
    camera: int = 8412
    capital: int = 8500
    capital_machines: int = 8501
    bridge: int = 8600
    bureau: int = 8601
    chip: int = 8413
    passport: int = 8414
    fingers: int = 8415

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        """:data:`PORTS` ports in a row, from ``base``."""
        return cls(*range(base, base + PORTS))

    def named(self) -> dict[str, int]:
        return {
            "post": self.post,
            "device agent": self.agent,
            "page scanner": self.scanner,
            "camera": self.camera,
            "chip reader": self.chip,
            "virtual passport": self.passport,
            "finger scanner": self.fingers,
            "capital": self.capital,
            "capital, for posts": self.capital_machines,
            "INTERPOL bridge": self.bridge,
            "simulated bureau": self.bureau,
        }


PORTS: Final = len(fields(Ports))
"""How many ports the demonstration takes."""


@dataclass(frozen=True, slots=True)
class Place:
    """The one folder of the demonstration's state, and what lies where in it."""

    root: Path
    models: Path

    @property
    def post(self) -> Path:
        return self.root / "post"

    @property
    def capital(self) -> Path:
        return self.root / "capital"

    @property
    def bridge(self) -> Path:
        return self.root / "bridge"

    @property
    def devices(self) -> Path:
        return self.root / "devices"

    @property
    def master_list(self) -> Path:
        """Of the authority that signs the virtual passports."""
        return self.devices / "utopia.ml"

    @property
    def finger_authority(self) -> Path:
        """The certificate that the simulated finger scanner's signatures lead to."""
        return self.devices / "fingers.pem"

    @property
    def specimens(self) -> Path:
        return self.root / "specimens"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def report(self) -> Path:
        return self.root / "demo.json"


POST_CODE = "GOGUI-1"
POST_NAME = "Gogui"
POST_STATE = "MLI"
"""Gogui is a real crossing from Mali to Mauritania; everything else of the demonstration is invented."""
