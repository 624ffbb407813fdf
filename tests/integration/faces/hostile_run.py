"""Run as a program: takes every hostile image as a live picture is taken, alone in a process with hard limits, and
prints what came of each, a line of JSON at a time. A process that dies has printed which image it died of."""

import gc
import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Final

import cv2

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.platform.errors import DomainError
from crossing.platform.images import decode_image
from tests.factories.hostile_images import HOSTILE
from tests.factories.portraits import MODELS

ADDRESS_SPACE: Final = 6 << 30
CPU_SECONDS: Final = 120
_STATUS: Final = Path("/proc/self/status")


def main() -> None:
    # A decoder's own complaints about a bad file are no failure here.
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    engine = open_engine(MODELS)
    _answer(engine, *HOSTILE["white"][0]())  # what the models allocate once is no image's doing
    for name, (make, _) in HOSTILE.items():
        _say(begins=name)
        content, media_type = make()
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew (proc(5))
        before, started = _megabytes("VmRSS"), time.process_time()
        answer = _answer(engine, content, media_type)
        seconds, peak = time.process_time() - started, _megabytes("VmHWM") - before
        _say(name=name, answer=answer, cpu_s=seconds, peak_mb=peak)


def _say(**what: str | float) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _answer(engine: FaceEngine, content: bytes, media_type: str) -> str:
    try:
        image = decode_image(content, declared=media_type)
    except DomainError as refused:
        return refused.code
    faces = engine.detect(image)
    if not faces:
        return "face_not_found"
    engine.template(image, faces[0])
    return " ".join(["face", *engine.quality(image, faces).codes])


def _megabytes(field: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
