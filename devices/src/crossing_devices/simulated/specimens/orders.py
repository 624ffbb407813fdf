"""What is ordered from the specimen generator, and the files that it delivers."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from crossing_devices.simulated import portraits
from crossing_devices.simulated.specimens.mrz import compose
from crossing_devices.simulated.specimens.photograph import jpeg, photograph
from crossing_devices.simulated.specimens.render import render_page
from crossing_devices.simulated.specimens.traveller import PageFormat, PartialDate, Sex, SpecimenTraveller

# Invented for Utopia; the mix of lengths, hyphens, accents and apostrophes is what the zone has to cope with.
_SURNAMES: Final = (
    "ERIKSSON", "DIALLO", "OUÉDRAOGO", "N'DIAYE", "VAN DER MUELLEN", "KOUYATÉ", "TRAORÉ-SANGARÉ", "ØSTERGÅRD",
    "MAHAMADOU", "BÂ", "PAPANDROPOULOUS", "GARCÍA LÓPEZ", "KONÉ", "ABDELKERIM", "HAÏDARA", "ZONGO",
)  # fmt: skip
_GIVEN_NAMES: Final = (
    "ANNA MARIA", "MOUSSA", "AÏSSATA", "JEAN-BAPTISTE", "FATOUMATA BINTA", "IBRAHIM", "ZARA", "JONATHON WARREN",
    "HALIMA", "SÉKOU AMADOU", "RÉJANE", "OUMAR", "LI", "ESPÉRANCE", "ADAMA", "MAHAMAT SALEH",
)  # fmt: skip
_STATES: Final = ("UTO", "UTO", "UTO", "XXA", "XXB", "XXC", "D<<")


def _whole_or_partial(text: str) -> str:
    PartialDate.parse(text)
    return text


class SpecimenOrder(BaseModel):
    """One specimen. ``format`` None orders portraits alone, for a traveller without a document.

    ``birth_date`` is ``YYYY-MM-DD``, X's where unknown; ``portrait`` is a name in ``portraits.PORTRAITS``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    format: PageFormat | None = PageFormat.TD3
    surname: str
    given_names: str = ""
    birth_date: Annotated[str, AfterValidator(_whole_or_partial)]
    sex: Sex = "X"
    nationality: str = "UTO"
    document_number: str = ""
    issuing_state: str = "UTO"
    issued_on: dt.date = dt.date(2022, 1, 1)
    expires_on: dt.date = dt.date(2032, 1, 1)
    optional_data: str = ""
    portrait: str | None = None

    def traveller(self, portrait_folder: Path | None) -> SpecimenTraveller:
        stated = self.model_dump(exclude={"id", "format", "portrait", "birth_date"})
        picture = None
        if self.portrait and portrait_folder:
            picture = portraits.document_portrait(portrait_folder, self.portrait)
        return SpecimenTraveller(birth_date=PartialDate.parse(self.birth_date), portrait=picture, **stated)


def read_orders(path: Path) -> list[SpecimenOrder]:
    """A JSON list of orders. Raises pydantic's ValidationError, which names the entry and the field."""
    return TypeAdapter(list[SpecimenOrder]).validate_json(path.read_bytes())


def random_orders(
    count: int, seed: int, formats: tuple[PageFormat, ...], names: tuple[str, ...] = ()
) -> list[SpecimenOrder]:
    """Invented travellers, the same for the same seed; ``names`` are the portraits to take turns with."""
    rng = np.random.default_rng(seed)
    return [_invented(place, rng, formats[place % len(formats)], names) for place in range(count)]


def deliver(
    orders: Iterable[SpecimenOrder], out: Path, *, seed: int, strength: float, portrait_folder: Path | None
) -> list[dict[str, Any]]:
    """Write every order's pictures and ``ground_truth.json`` into ``out``; returns what the latter holds.

    ``pages/ID.jpg`` is the photographed page, ``portraits/ID.jpg`` the portrait as on the page and ``live/ID.jpg``
    the person before a counter's camera. Raises ValueError for fields that do not fit, ``FontMissing`` and
    ``PortraitMissing``.
    """
    for folder in ("pages", "portraits", "live"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    truths = []
    for place, order in enumerate(orders):
        rng = np.random.default_rng([seed, place])
        truth: dict[str, Any] = {
            **order.model_dump(mode="json"),
            "page": None,
            "mrz": [],
            "portrait_picture": None,
            "live_picture": None,
        }
        if order.format is not None:
            truth |= _deliver_page(order, out, rng, strength, portrait_folder)
        if order.portrait and portrait_folder:
            truth |= _deliver_person(order, order.portrait, out, rng, portrait_folder)
        truths.append(truth)
    text = json.dumps({"seed": seed, "strength": strength, "specimens": truths}, ensure_ascii=False, indent=2)
    (out / "ground_truth.json").write_text(text + "\n", encoding="utf-8")
    return truths


def _deliver_page(
    order: SpecimenOrder, out: Path, rng: np.random.Generator, strength: float, portrait_folder: Path | None
) -> dict[str, Any]:
    page, traveller = PageFormat(order.format or PageFormat.TD3), order.traveller(portrait_folder)
    name = f"pages/{order.id}.jpg"
    (out / name).write_bytes(photograph(render_page(traveller, page), rng, strength))
    return {"page": name, "mrz": list(compose(traveller, page))}


def _deliver_person(
    order: SpecimenOrder, name: str, out: Path, rng: np.random.Generator, folder: Path
) -> dict[str, Any]:
    pictures = {
        "portrait_picture": (f"portraits/{order.id}.jpg", portraits.document_portrait(folder, name)),
        "live_picture": (f"live/{order.id}.jpg", portraits.live_portrait(folder, name, rng)),
    }
    for file_name, picture in pictures.values():
        (out / file_name).write_bytes(jpeg(picture))
    return {key: file_name for key, (file_name, _) in pictures.items()}


def _invented(place: int, rng: np.random.Generator, page: PageFormat, names: tuple[str, ...]) -> SpecimenOrder:
    born = PartialDate.of(dt.date(1935, 1, 1) + dt.timedelta(days=int(rng.integers(0, 32_000))))
    if rng.random() < 0.1:
        born = PartialDate(born.year, None, None)
    issued = dt.date(2019, 1, 1) + dt.timedelta(days=int(rng.integers(0, 2_300)))
    state = str(rng.choice(_STATES)).rstrip("<")
    long_number = page in (PageFormat.TD1, PageFormat.TD2) and rng.random() < 0.2
    return SpecimenOrder(
        id=f"{place:05d}-{page.value}",
        format=page,
        surname=str(rng.choice(_SURNAMES)),
        given_names=str(rng.choice(_GIVEN_NAMES)),
        birth_date=str(born),
        sex=("F", "M", "X")[int(rng.choice(3, p=(0.48, 0.48, 0.04)))],
        nationality=state,
        document_number=_invented_number(rng, 12 if long_number else 9),
        issued_on=issued,
        expires_on=issued + dt.timedelta(days=int(rng.choice((1826, 3652)))),
        portrait=names[place % len(names)] if names else None,
    )


def _invented_number(rng: np.random.Generator, length: int) -> str:
    letters = "".join(rng.choice(list("ABCDEFGHJKLMNPRTUVWXYZ"), 2))
    return letters + "".join(str(digit) for digit in rng.integers(0, 10, length - 2))
