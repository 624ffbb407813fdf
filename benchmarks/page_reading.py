"""How well and how fast pages are read: real specimens where there are some, and generated photographs.

    python benchmarks/page_reading.py [--specimens FOLDER] [--pages N] [--threads N]

``FOLDER`` holds pictures and a ``ground_truth.json`` (``{file: {"lines": [...]}}``); by default it is ``mrz`` under
the folder that CROSSING_REAL_MATERIAL names. For each set it prints how many pages were
read exactly, how many were valid but wrong (the dangerous kind), how many of those with high confidence, and wall
milliseconds: median, 90th percentile, worst, and by stage. Processor milliseconds stand beside them, since they are
worth comparing on a machine that has other work to do.
"""

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median
from time import process_time

import cv2
import numpy as np

from crossing.documents.reading import Confidence, PageReading
from crossing.documents.reading.rapid import RapidOcrReader
from crossing.platform.images import BgrImage, decode_image
from crossing_devices.simulated.specimens import PageFormat, PartialDate, SpecimenTraveller, photograph, render_page
from crossing_devices.simulated.specimens.mrz import compose

REAL_MATERIAL = Path(os.environ.get("CROSSING_REAL_MATERIAL", "."))
CONSONANTS, VOWELS, SYMBOLS = "BCDFGHJKLMNPRSTVWYZ", "AEIOU", "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"

Sample = tuple[str, BgrImage, tuple[str, ...]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--specimens", type=Path, default=REAL_MATERIAL / "mrz")
    options.add_argument("--pages", type=int, default=10, help="generated pages for each format and strength")
    options.add_argument("--threads", type=int, default=2)
    chosen = options.parse_args()
    reader = RapidOcrReader(threads=chosen.threads)
    print(f"{os.cpu_count()} processors, {chosen.threads} threads, load {os.getloadavg()[0]:.1f}")
    if (chosen.specimens / "ground_truth.json").is_file():
        report("specimens", reader, specimens(chosen.specimens))
    for strength in (0.0, 0.4, 0.7, 1.0):
        report(f"generated, strength {strength}", reader, generated(chosen.pages, strength))
    for quarters in (1, 2, 3):
        report(f"generated, strength 0.4, turned {90 * quarters}", reader, generated(chosen.pages, 0.4, quarters))


def specimens(folder: Path) -> Iterator[Sample]:
    truth = json.loads((folder / "ground_truth.json").read_text(encoding="utf-8"))
    for name, entry in truth.items():
        yield name, decode_image((folder / name).read_bytes()), tuple(entry["lines"])


def generated(pages: int, strength: float, quarters: int = 0) -> Iterator[Sample]:
    rng = np.random.default_rng(20260301)
    for page_format in PageFormat:
        for number in range(pages):
            traveller = _traveller(rng)
            content = photograph(render_page(traveller, page_format), rng, strength)
            image = np.ascontiguousarray(np.rot90(decode_image(content), quarters))
            yield f"{page_format.value} {number}", _sized(image), compose(traveller, page_format)


def report(title: str, reader: RapidOcrReader, samples: Iterable[Sample]) -> None:
    readings: list[PageReading] = []
    exact = valid = wrong = high = high_wrong = 0
    used = 0.0
    for name, image, lines in samples:
        started = process_time()
        reading = reader.read(image)
        used += process_time() - started
        readings.append(reading)
        right = reading.mrz is not None and reading.mrz.lines == lines
        holds = reading.mrz is not None and reading.mrz.valid
        sure = reading.confidence is Confidence.HIGH
        exact, valid, wrong = exact + right, valid + holds, wrong + (holds and not right)
        high, high_wrong = high + sure, high_wrong + (sure and not right)
        if not right:
            print(f"    {name}: {' '.join(problem.value for problem in reading.problems)}")
            print("".join(f"      read {line}\n" for line in (reading.mrz.lines if reading.mrz else ())), end="")
            print("".join(f"      is   {line}\n" for line in lines), end="")
    times = sorted(reading.elapsed_ms["total"] for reading in readings)
    stages = {stage for reading in readings for stage in reading.elapsed_ms} - {"total"}
    by_stage = {stage: mean(reading.elapsed_ms.get(stage, 0.0) for reading in readings) for stage in sorted(stages)}
    print(
        f"{title}: {exact} of {len(readings)} exact, {valid} valid, {wrong} valid but wrong; "
        f"{high} with high confidence, {high_wrong} of them wrong\n"
        f"    ms: median {median(times):.0f}, 90 % {times[int(len(times) * 0.9)]:.0f}, worst {times[-1]:.0f}; "
        f"processor {1000 * used / len(times):.0f}; mean "
        + ", ".join(f"{stage} {value:.0f}" for stage, value in by_stage.items()),
        flush=True,
    )


def _traveller(rng: np.random.Generator) -> SpecimenTraveller:
    born = date(1940, 1, 1) + timedelta(days=int(rng.integers(0, 25_000)))
    issued = date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 600)))
    return SpecimenTraveller(
        surname=_name(rng),
        given_names=f"{_name(rng)} {_name(rng)}" if rng.random() < 0.5 else _name(rng),
        birth_date=PartialDate.of(born),
        sex="F" if rng.random() < 0.5 else "M",
        nationality="UTO",
        document_number="".join(rng.choice(list(SYMBOLS), 9)),
        issuing_state="UTO",
        issued_on=issued,
        expires_on=issued + timedelta(days=3652),
    )


def _name(rng: np.random.Generator) -> str:
    return "".join(
        f"{rng.choice(list(CONSONANTS))}{rng.choice(list(VOWELS))}" for _ in range(int(rng.integers(2, 5)))
    )


def _sized(image: BgrImage) -> BgrImage:
    """At most 1,600 pixels a side: what a page camera gives."""
    scale = 1600 / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


if __name__ == "__main__":
    main()
