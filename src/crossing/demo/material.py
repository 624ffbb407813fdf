"""What the demonstration feeds its devices and services with: specimens, a bureau's scenario, national lists."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from crossing.demo import cast
from crossing.demo.processes import DemoError, command
from crossing.demo.settings import Place

_SEED = 2026
_STRENGTH = 0.35
_SPECIMENS_WITHIN_S = 120


class Material:
    """Draws the specimens in the background while the services start."""

    def __init__(self, place: Place) -> None:
        self._place = place
        place.specimens.mkdir(parents=True, exist_ok=True)
        orders = place.specimens / "orders.json"
        orders.write_text(cast.specimen_orders(), encoding="utf-8")
        self._log = place.logs / "specimens.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._drawing = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [
                    command("crossing-devices"),
                    "specimens",
                    f"--out={place.specimens}",
                    f"--travellers={orders}",
                    f"--portraits={place.models / 'portraits'}",
                    f"--seed={_SEED}",
                    f"--strength={_STRENGTH}",
                ],
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        if self._drawing.wait(_SPECIMENS_WITHIN_S) != 0:
            raise DemoError(f"The specimens could not be drawn: {self._log.read_text(errors='replace').strip()}")

    def stop(self) -> None:
        """End the drawing, if it goes on still."""
        if self._drawing.poll() is None:
            self._drawing.kill()
            self._drawing.wait()

    def page(self, traveller: cast.Traveller) -> bytes:
        return (self._place.specimens / "pages" / f"{traveller.id}.jpg").read_bytes()

    def portrait(self, traveller: cast.Traveller) -> bytes:
        """As on the page, before it was printed and photographed."""
        return (self._place.specimens / "portraits" / f"{traveller.id}.jpg").read_bytes()

    def live(self, traveller: cast.Traveller) -> bytes:
        return (self._place.specimens / "live" / f"{traveller.live_id}.jpg").read_bytes()


def bureau_scenario(place: Place) -> Path:
    """The simulated bureau's records, written where it reads them."""
    path = place.bridge / "scenario.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(cast.bureau_scenario(), encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class NationalList:
    """A list as an administrator imports it."""

    code: str
    name: str
    format: str
    path: Path


def national_lists(place: Place) -> list[NationalList]:
    """The lists as files, the photograph of the missing person beside its list."""
    folder = place.root / "lists"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(place.specimens / "portraits" / f"{cast.MISSING_NOTICE.id}.jpg", folder / "yn-2026-0117.jpg")
    missing, documents = folder / "missing.csv", folder / "documents.csv"
    missing.write_text(cast.missing_persons_csv(), encoding="utf-8")
    documents.write_text(cast.lost_documents_csv(), encoding="utf-8")
    return [
        NationalList("missing", "Personnes disparues", "national_persons", missing),
        NationalList("documents", "Documents perdus", "national_documents", documents),
        NationalList("trust", "Liste maîtresse d'Utopie", "csca_master_list", place.master_list),
    ]
