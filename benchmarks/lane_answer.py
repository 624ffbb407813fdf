"""Where the time of a local answer goes, from two pictures in hand to every local check answered.

    python benchmarks/lane_answer.py [--travellers N] [--persons N] [--strength S] [--threads N]

A whole post in this process, wired as in production, without HTTP: encrypted database, blob store, both face engines,
the page reader, lists of N persons and N documents. Each traveller is a generated specimen (passports and cards of
Utopia, photographed) and a live picture of the portrait's owner. Page and live picture are looked at side by side,
so the stages add up to more than the whole.

Beside it, traveller by traveller in the same run, stands what no program can leave out: Pillow alone decodes the two
pictures, the recognition network alone reads the lines of the MRZ, the face networks alone embed the two faces, and
the bytes alone are written and synced as often as the answer does it. The last line is the ratio of the two.
"""

import argparse
import io
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import cv2
import numpy as np
import structlog
from PIL import Image

from crossing.bootstrap import PostParts, post_app
from crossing.cores import open_post
from crossing.documents.default import document_reader
from crossing.documents.reading.port import Box
from crossing.documents.reading.recognise import LINE_HEIGHT, LineRecogniser
from crossing.faces.engines import open_engine
from crossing.faces.engines.base import Face, FaceEngine
from crossing.identity.principal import SYSTEM
from crossing.lanes.examination import Picture, Pictures
from crossing.lanes.pipeline import LanePipeline
from crossing.lanes.service import Desk
from crossing.movements.schemas import Direction
from crossing.platform.db import Database
from crossing.platform.images import BgrImage, decode_image
from crossing.platform.settings import PostSettings
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.schemas import LaneIn
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.service import ListService
from crossing_devices.simulated.portraits import PORTRAITS
from crossing_devices.simulated.specimens import PageFormat
from crossing_devices.simulated.specimens.orders import deliver, random_orders

MODELS = Path("models")
SIDE_BY_SIDE = (
    ("page_decode", "page_read", "page_portrait"),
    ("page_decode", "page_read", "page_print"),
    ("live_decode", "live_face"),
)
ORDER = (*SIDE_BY_SIDE[0], "page_print", *SIDE_BY_SIDE[2], "face_compare", "lists")
SYNCS = 5
"""Three blobs and two transactions reach the disk before an answer."""

Times = dict[str, float]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--travellers", type=int, default=40)
    options.add_argument("--persons", type=int, default=5_000, help="persons, and as many documents, on the lists")
    options.add_argument("--strength", type=float, default=0.35, help="0 is a flatbed, 1 a phone in bad light")
    options.add_argument("--threads", type=int, default=2)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        specimens = _specimens(Path(folder) / "specimens", chosen.travellers + 2, chosen.strength)
        with Post(Path(folder) / "post", persons=chosen.persons, threads=chosen.threads).open() as post:
            peer = Peer(post, Path(folder), threads=chosen.threads)
            for page, live in specimens[:2]:  # the networks' first run is slower, and no traveller's
                post.answer(page, live)
            answers, alone = [], []
            for page, live in specimens[2:]:
                answers.append(post.answer(page, live))
                alone.append(peer.measure(page, live))
    print(f"{os.cpu_count()} processors, {chosen.threads} threads, load {os.getloadavg()[0]:.1f}")
    print(f"{len(answers)} travellers, {chosen.persons} persons and {chosen.persons} documents on the lists\n")
    _table("local answer, by stage", answers)
    _table("the same work alone", alone)
    whole, least = (median(times["whole"] for times in rows) for rows in (answers, alone))
    print(f"the answer takes {whole / least:.2f} times what its parts take alone, one after the other")


class Post:
    """A post with one lane and its lists."""

    def __init__(self, folder: Path, *, persons: int, threads: int) -> None:
        self._settings = PostSettings(data=folder, models=MODELS, agent_url=None, recognition_threads=threads)
        MachineIdentity.create(
            folder / "identity",
            MachineDescription(post="BENCH-1", post_name="Benchmark", country="MLI", name="desk-1"),
        )
        opened = open_post(self._settings)
        with opened.core.database.unit_of_work() as session:
            lane = LaneIn(number=1, name="Lane 1")
            added = opened.core.posts.add_lane(session, actor=SYSTEM, post_code="BENCH-1", lane=lane)
            self._lane = added.id
        opened.core.close()
        self.reader = document_reader(threads=threads)
        self.engine: FaceEngine = open_engine(MODELS)
        self._app = post_app(self._settings, PostParts(reader=self.reader, face_engine=self.engine))
        self._import_lists(persons)

    @contextmanager
    def open(self) -> Iterator["Post"]:
        yield self
        self._app.state.database.close()

    def answer(self, page: bytes, live: bytes) -> Times:
        """One traveller; milliseconds by stage, and ``whole``."""
        desk: Desk = self._app.state.desk
        database: Database = self._app.state.database
        pipeline: LanePipeline = self._app.state.pipeline
        with database.unit_of_work() as session:
            opened = desk.open(session, self._lane, Direction.ENTRY, officer="bench").session_id
        pictures = Pictures(page=Picture(page, "image/jpeg"), live=Picture(live, "image/jpeg"))
        times = pipeline.take(opened, pictures, officer="bench").times
        with database.unit_of_work() as session:
            desk.abandon(session, opened)
        stages, whole = times.stages, times.local_answer_ms or 0.0
        looked_at = max(sum(stages.get(name, 0.0) for name in path) for path in SIDE_BY_SIDE)
        stored = whole - looked_at - stages.get("face_compare", 0.0) - stages["lists"]
        measured = {name: stages[name] for name in ORDER if name in stages}
        return {**measured, "store": stored, "whole": whole}

    def _import_lists(self, persons: int) -> None:
        lists: ListService = self._app.state.lists
        for code, name, form, content in (
            ("persons", "Persons", "national_persons", _persons(persons)),
            ("documents", "Documents", "national_documents", _documents(persons)),
        ):
            lists.import_list(
                ImportOrder(code=code, content=content, actor=SYSTEM, name=name, format=form, as_of=datetime.now(UTC))
            )
        lists.load()


class Peer:
    """The parts of an answer that no program can leave out, each alone."""

    def __init__(self, post: Post, folder: Path, *, threads: int) -> None:
        self._post = post
        self._file = folder / "synced"
        self._lines = LineRecogniser(threads=threads)

    def measure(self, page: bytes, live: bytes) -> Times:
        reading = self._post.reader.page_in(decode_image(page), today=datetime.now(UTC).date())
        strips = [_strip(reading.image, box) for box in reading.line_boxes]
        faces = [(image, face) for image in (reading.image, decode_image(live)) for face in self._first_face(image)]
        times: Times = {}
        with _timed(times, "Pillow decodes both"):
            for content in (page, live):
                Image.open(io.BytesIO(content)).convert("RGB").load()
        with _timed(times, "OCR network reads the MRZ"):
            if strips:
                self._lines.read(strips)
        with _timed(times, "face networks embed both"):
            for image, face in faces:
                self._post.engine.template(image, face)
        with _timed(times, "bytes synced to the disk"), self._file.open("wb") as file:
            for number in range(SYNCS):
                file.write(page if number == 0 else live)
                file.flush()
                os.fsync(file.fileno())
        return times | {"whole": sum(times.values())}

    def _first_face(self, image: BgrImage) -> tuple[Face, ...]:
        return self._post.engine.detect(image)[:1]


def _table(title: str, rows: list[Times]) -> None:
    names = [*dict.fromkeys(name for row in rows for name in row if name != "whole"), "whole"]
    print(f"{title:<28}{'median ms':>10}{'p95 ms':>10}{'share':>8}")
    whole = median(row["whole"] for row in rows)
    for name in names:
        taken = sorted(row[name] for row in rows if name in row)
        middle, p95 = median(taken), taken[min(int(len(taken) * 0.95), len(taken) - 1)]
        print(f"  {name:<26}{middle:>10.1f}{p95:>10.1f}{middle / whole:>8.0%}")
    print()


@contextmanager
def _timed(times: Times, name: str) -> Iterator[None]:
    started = perf_counter()
    yield
    times[name] = (perf_counter() - started) * 1000


def _strip(page: BgrImage, box: Box) -> BgrImage:
    line = page[box.top : box.top + box.height, box.left : box.left + box.width]
    width = max(round(line.shape[1] * LINE_HEIGHT / line.shape[0]), 1)
    return np.asarray(cv2.resize(line, (width, LINE_HEIGHT)), dtype=np.uint8)


def _specimens(folder: Path, count: int, strength: float) -> list[tuple[bytes, bytes]]:
    """Page and live picture of each invented traveller."""
    formats = (PageFormat.TD3, PageFormat.TD3, PageFormat.TD1, PageFormat.TD2)
    orders = random_orders(count, 2026, formats, tuple(PORTRAITS))
    deliver(orders, folder, seed=2026, strength=strength, portrait_folder=MODELS / "portraits")
    return [
        ((folder / "pages" / f"{order.id}.jpg").read_bytes(), (folder / "live" / f"{order.id}.jpg").read_bytes())
        for order in orders
    ]


def _persons(count: int) -> bytes:
    head = "reference,surname,given_names,birth_dates,sex,nationalities,action,legal_basis,authority,owner\n"
    rng = np.random.default_rng(1)
    lines = (
        f"P-{number},{_word(rng, 4)},{_word(rng, 3)},{int(rng.integers(1940, 2010))},M,MLI,Call,Law,Police,Police\n"
        for number in range(count)
    )
    return (head + "".join(lines)).encode()


def _documents(count: int) -> bytes:
    head = "number,issuing_state,type,reason,action,legal_basis,authority,owner\n"
    lines = (f"ZQ{number:07d},MLI,passport,lost,Keep,Decree,Office,Police\n" for number in range(count))
    return (head + "".join(lines)).encode()


def _word(rng: np.random.Generator, syllables: int) -> str:
    return "".join(f"{rng.choice(list('BDFGKLMNRSTZ'))}{rng.choice(list('AEIOU'))}" for _ in range(syllables))


if __name__ == "__main__":
    main()
