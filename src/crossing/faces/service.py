"""Portraits analysed, compared one to one, and searched for in a gallery. What it says, a person weighs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from crossing.faces.engines.base import Face, FaceEngine, MadeBy, Template, made_by, similarity
from crossing.faces.errors import NoFaceFound
from crossing.faces.gallery.search import Gallery
from crossing.faces.schemas import Candidate, Comparison, Decision, Quality, Search
from crossing.faces.thresholds import Calibration, Thresholds
from crossing.platform.images import BgrImage

CROP_HEIGHT: Final = 480
"""A portrait is kept at most this high: enough to look at, and to compare again with a later engine."""

MAX_CANDIDATES: Final = 20

INCONCLUSIVE_FACTOR: Final = 10
"""Scores that strangers reach up to this many times as often as wanted are neither a match nor none."""

# A printed portrait's face takes at least this share of the page's longer side; stamps and watermarks take less.
_LEAST_PRINTED_FACE: Final = 0.03


@dataclass(frozen=True, slots=True)
class FaceAnalysis:
    """The face of a picture. ``crop``: head and shoulders, at most 480 high, BGR; ``ms``: detection and template."""

    face: Face
    quality: Quality
    template: Template
    crop: BgrImage
    ms: float


@dataclass(frozen=True, slots=True)
class _Serving:
    """An engine and what its scores mean: they change together or not at all."""

    engine: FaceEngine
    calibration: Calibration


class FaceService:
    """One object serves every lane: calls may come from any thread.

    The engine may be switched while it works. Each call looks once at which one serves. Templates are judged by the
    rates of the engine that made them, so that two which a lane took before a switch are still compared rightly
    after it; two of different engines never are.
    """

    def __init__(
        self, engine: FaceEngine, thresholds: Thresholds, *, wanted_fmr: float = 1e-3, wanted_fpir: float = 1e-2
    ) -> None:
        """Raises :class:`ThresholdUnknown` where nothing was measured for ``engine``."""
        self._thresholds = thresholds
        self._serving = self._with_rates(engine)
        self._wanted_fmr = wanted_fmr
        self._wanted_fpir = wanted_fpir

    @property
    def engine(self) -> FaceEngine:
        """The engine that serves now."""
        return self._serving.engine

    @property
    def calibration(self) -> Calibration:
        """What the scores of the engine that serves now mean."""
        return self._serving.calibration

    @property
    def made_by(self) -> MadeBy:
        """Engine, version and calibration of the templates that are made now."""
        return made_by(self._serving.engine)

    def switch(self, engine: FaceEngine) -> None:
        """Let ``engine`` serve from now on; a call under way ends with the one it began with.

        Raises :class:`ThresholdUnknown`, and changes nothing, where nothing was measured for ``engine``.
        """
        self._serving = self._with_rates(engine)

    def analyse(self, image: BgrImage) -> FaceAnalysis:
        """The largest face of a live picture. Raises :class:`NoFaceFound`."""
        started = time.perf_counter()
        engine = self.engine
        faces = engine.detect(image)
        if not faces:
            raise NoFaceFound
        return _analysis(engine, image, faces, started, printed=False)

    def portrait_in_page(self, page: BgrImage) -> FaceAnalysis | None:
        """The portrait printed on a document's page: the largest face that can be one, or None."""
        started = time.perf_counter()
        engine = self.engine
        least = _LEAST_PRINTED_FACE * max(page.shape[:2])
        faces = [face for face in engine.detect(page) if face.box.width >= least]
        return _analysis(engine, page, faces, started, printed=True) if faces else None

    def compare(self, first: Template, second: Template) -> Comparison:
        """One face against another. Raises :class:`EnginesDiffer` where two engines made them, and
        :class:`ThresholdUnknown` where nothing was measured for the one that did."""
        started = time.perf_counter()
        score = similarity(first, second)
        rates = self._rates_of(first)
        threshold = rates.threshold(self._wanted_fmr)
        fmr = rates.fmr(score)
        factor = rates.worst_group_factor
        return Comparison(
            score=round(score, 4),
            decision=self._decision(score, rates),
            threshold=round(threshold, 4),
            wanted_fmr=self._wanted_fmr,
            fmr=fmr,
            fmr_worst_group=None if factor is None else min(1.0, fmr * factor),
            support=rates.support(score),
            engine=rates.engine,
            version=rates.version,
            calibration=rates.calibration,
            ms=_ms_since(started),
        )

    def search(self, template: Template, gallery: Gallery, *, wanted_fpir: float | None = None) -> Search:
        """Who in ``gallery`` may be this person. The threshold rises with the gallery, so that strangers stay rare.

        Raises :class:`EnginesDiffer` where template and gallery are of different engines.
        """
        started = time.perf_counter()
        rates, size = self._rates_of(template), len(gallery)
        wanted = self._wanted_fpir if wanted_fpir is None else wanted_fpir
        threshold = rates.identification_threshold(wanted, size)
        found = gallery.search(template, threshold=threshold, limit=MAX_CANDIDATES)
        return Search(
            candidates=tuple(
                Candidate(
                    rank=rank,
                    template_id=one.template_id,
                    subject_id=one.subject_id,
                    score=round(one.score, 4),
                    fmr=rates.fmr(one.score),
                    fpir=min(1.0, rates.fmr(one.score) * size),
                    support=rates.support(one.score),
                )
                for rank, one in enumerate(found, start=1)
            ),
            gallery_size=size,
            threshold=round(threshold, 4),
            wanted_fpir=wanted,
            engine=rates.engine,
            version=rates.version,
            calibration=rates.calibration,
            ms=_ms_since(started),
        )

    def _with_rates(self, engine: FaceEngine) -> _Serving:
        return _Serving(engine, self._thresholds.of(made_by(engine)))

    def _rates_of(self, template: Template) -> Calibration:
        return self._thresholds.of(template.made_by)

    def _decision(self, score: float, rates: Calibration) -> Decision:
        if score >= rates.threshold(self._wanted_fmr):
            return Decision.MATCH
        if score >= rates.threshold(self._wanted_fmr * INCONCLUSIVE_FACTOR):
            return Decision.INCONCLUSIVE
        return Decision.NO_MATCH


def _analysis(
    engine: FaceEngine, image: BgrImage, faces: Sequence[Face], started: float, *, printed: bool
) -> FaceAnalysis:
    face = faces[0]
    template = engine.template(image, face)
    ms = _ms_since(started)
    measured = engine.quality(image, faces, printed=printed)
    return FaceAnalysis(face, measured, template, portrait_crop(image, face), ms)


def portrait_crop(image: BgrImage, face: Face) -> BgrImage:
    """Head and shoulders around ``face``, as far as the picture reaches, at most 480 pixels high."""
    height, width = image.shape[:2]
    box = face.box
    left, right = box.x - 0.5 * box.width, box.x + 1.5 * box.width
    top, bottom = box.y - 0.45 * box.height, box.y + 1.45 * box.height
    crop = image[
        int(max(0, top)) : int(min(height, max(bottom, 1))), int(max(0, left)) : int(min(width, max(right, 1)))
    ]
    if crop.shape[0] > CROP_HEIGHT:
        size = (max(1, round(crop.shape[1] * CROP_HEIGHT / crop.shape[0])), CROP_HEIGHT)
        crop = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.LANCZOS))
    return np.ascontiguousarray(crop)


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
