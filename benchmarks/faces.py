"""What the face engines get wrong, and how long they take, on a folder of labelled portraits.

    python benchmarks/faces.py FOLDER PAIRS.csv                       # a table on the screen
    python benchmarks/faces.py FOLDER PAIRS.csv --data "what it is" \\
        --write src/crossing/faces/thresholds.json                    # the table that the program decides by

FOLDER holds one folder per person; PAIRS.csv has the columns a, b (paths below FOLDER) and same (1 for a genuine
pair). Genuine pairs are those of the file, impostor pairs all pairs of images of different persons. One thread.
"""

import argparse
import csv
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from crossing.faces.engines import dlib_engine, fused, sface, yunet
from crossing.faces.engines.base import Face
from crossing.faces.thresholds import Calibration, Evidence, Point, Thresholds
from crossing.platform.images import BgrImage, decode_image

FMRS: Final = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
SHOWN: Final = (1e-2, 1e-3, 1e-4, 1e-5)
FEWEST_FALSE_MATCHES: Final = 10
"""A rate with fewer false matches behind it is not measured but guessed, and is left out."""

WORST_GROUP_FACTOR: Final = {"dlib": 17.0, "sface": 3.0, "fused": None}
"""False matches among Black faces over those among everybody, at FMR 1e-3, on curated subsets of LFW."""

Scores = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]


@dataclass
class Stages:
    """Wall milliseconds, one value per image."""

    detect: list[float] = field(default_factory=list)
    crop: list[float] = field(default_factory=list)
    sface: list[float] = field(default_factory=list)
    dlib: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Enrolled:
    """The images in which a face was found, row by row: whose they are, and both engines' vectors."""

    paths: list[str]
    persons: npt.NDArray[np.str_]
    by_sface: Vectors
    by_dlib: Vectors
    failed: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--data", default="", help="what the images are, for the record")
    parser.add_argument("--write", type=Path, help="write the measured table here")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    stages = Stages()
    enrolled = enrol(options.folder, options.models, stages)
    genuine = genuine_pairs(options.pairs, enrolled.paths)
    rows = tuple(calibrations(enrolled, genuine, options.data or options.folder.name))
    for row in rows:
        show(row)
    for stage, values in vars(stages).items():
        print(f"{stage:8} median {np.median(values):6.1f} ms   p95 {np.percentile(values, 95):6.1f} ms")
    if options.write:
        options.write.write_text(Thresholds(rows).to_json(), encoding="utf-8")


def enrol(folder: Path, models: Path, stages: Stages) -> Enrolled:
    detector = yunet.YuNet(models)
    by_sface, by_dlib = sface.SFaceEngine(models, detector), dlib_engine.DlibEngine(models, detector)
    paths, vectors, failed = [], [], 0
    for path in sorted(folder.rglob("*.jpg")):
        image = decode_image(path.read_bytes())
        started = time.perf_counter()
        face = central(image, detector.detect(image))
        found = time.perf_counter()
        stages.detect.append((found - started) * 1000)
        if face is None:
            failed += 1
            continue
        crop, inside = yunet.face_crop(image, face)
        cropped = time.perf_counter()
        first = by_sface.vector(crop, inside)
        between = time.perf_counter()
        second = by_dlib.vector(crop, inside)
        stages.crop.append((cropped - found) * 1000)
        stages.sface.append((between - cropped) * 1000)
        stages.dlib.append((time.perf_counter() - between) * 1000)
        paths.append(path.relative_to(folder).as_posix())
        vectors.append((first, second))
    persons = np.array([path.rsplit("/", 1)[0] for path in paths])
    return Enrolled(paths, persons, np.stack([v[0] for v in vectors]), np.stack([v[1] for v in vectors]), failed)


def central(image: BgrImage, faces: tuple[Face, ...]) -> Face | None:
    """The face that such a collection's label is about: the one in the middle."""
    middle = np.array([image.shape[1] / 2, image.shape[0] / 2])
    return min(faces, key=lambda face: float(np.hypot(*(np.array(face.box.centre) - middle))), default=None)


def genuine_pairs(pairs: Path, paths: list[str]) -> npt.NDArray[np.intp]:
    """n x 2 rows of the enrolled images."""
    row_of = {path: row for row, path in enumerate(paths)}
    with pairs.open(newline="", encoding="utf-8") as file:
        named = [(line["a"], line["b"]) for line in csv.DictReader(file) if line["same"] == "1"]
    return np.array([(row_of[a], row_of[b]) for a, b in named if a in row_of and b in row_of])


def calibrations(enrolled: Enrolled, genuine: npt.NDArray[np.intp], data: str) -> Iterator[Calibration]:
    engines = (
        (dlib_engine.DlibEngine, enrolled.by_dlib),
        (sface.SFaceEngine, enrolled.by_sface),
        (fused.FusedEngine, fused.fuse(enrolled.by_sface, enrolled.by_dlib)),
    )
    for engine, vectors in engines:
        impostors = impostor_scores(vectors, enrolled.persons)
        matches = np.einsum("ij,ij->i", vectors[genuine[:, 0]], vectors[genuine[:, 1]])
        print(f"{engine.name}: impostor scores have mean {impostors.mean():.4f}, spread {impostors.std():.4f}")
        slope, offset = likelihood_line(matches, impostors)
        yield Calibration(
            engine=engine.name,
            version=engine.version,
            calibration=engine.calibration,
            evidence=Evidence(
                data=data,
                measured_on=datetime.now(UTC).date(),
                images=len(enrolled.paths) + enrolled.failed,
                failed_to_enrol=enrolled.failed,
                genuine_pairs=len(matches),
                impostor_pairs=len(impostors),
            ),
            points=tuple(points(matches, impostors)),
            llr_slope=slope,
            llr_offset=offset,
            worst_group_factor=WORST_GROUP_FACTOR[engine.name],
        )


def impostor_scores(vectors: Vectors, persons: npt.NDArray[np.str_]) -> Scores:
    """The score of every pair of images of different persons, in rising order."""
    rows = [
        (vectors[row + 1 :] @ vectors[row])[persons[row + 1 :] != persons[row]] for row in range(len(vectors) - 1)
    ]
    return np.sort(np.concatenate(rows))


def points(matches: Scores, impostors: Scores) -> Iterator[Point]:
    for fmr in FMRS:
        allowed = math.floor(fmr * len(impostors))
        if allowed < FEWEST_FALSE_MATCHES:
            return
        # Rounded up, so that no impostor more than allowed is let through by the rounding.
        threshold = math.floor(float(impostors[-allowed - 1]) * 1e4 + 1) / 1e4
        yield Point(fmr=fmr, threshold=threshold, fnmr=round(float((matches < threshold).mean()), 4))


def likelihood_line(matches: Scores, impostors: Scores) -> tuple[float, float]:
    """Slope and offset of log10 LR over the score: logistic regression with both kinds weighing the same.

    Brümmer and du Preez, "Application-independent evaluation of speaker detection", 2006.
    """
    scores = np.concatenate([matches, impostors]).astype(np.float64)
    same = np.concatenate([np.ones(len(matches)), np.zeros(len(impostors))])
    weight = np.where(same == 1, 0.5 / len(matches), 0.5 / len(impostors))
    centre, spread = scores.mean(), scores.std()
    columns = np.stack([(scores - centre) / spread, np.ones_like(scores)])
    line = np.zeros(2)
    for _ in range(100):
        likely = 1 / (1 + np.exp(-np.clip(line @ columns, -60, 60)))
        gradient = columns @ (weight * (likely - same))
        curvature = (columns * (weight * likely * (1 - likely))) @ columns.T + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        line -= step
        if float(np.abs(step).max()) < 1e-8:
            break
    slope, offset = line[0] / spread, line[1] - line[0] * centre / spread
    return round(float(slope / math.log(10)), 4), round(float(offset / math.log(10)), 4)


def show(row: Calibration) -> None:
    by_rate = {point.fmr: point for point in row.points}
    cells = [
        f"FMR {f:g}: {100 * by_rate[f].fnmr:5.2f} % at {by_rate[f].threshold:.4f}" for f in SHOWN if f in by_rate
    ]
    evidence = row.evidence
    print(f"{row.engine:6} FNMR  {'   '.join(cells)}")
    print(
        f"       {evidence.genuine_pairs} genuine, {evidence.impostor_pairs} impostor pairs; "
        f"no face in {evidence.failed_to_enrol} of {evidence.images} images"
    )


if __name__ == "__main__":
    main()
