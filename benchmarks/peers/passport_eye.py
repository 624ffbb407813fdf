"""PassportEye with Tesseract on ``mrz.traineddata``, as its documentation says to run it.

    python -m benchmarks.peers.passport_eye TESSDATA

TESSDATA is the folder that holds ``mrz.traineddata``.
"""

import sys
import warnings

from passporteye import read_mrz  # type: ignore[import-not-found]
from passporteye.mrz.text import MRZOCRCleaner  # type: ignore[import-not-found]

from benchmarks.peers.serving import Answer, serve

LENGTHS = {"TD1": 30, "TD2": 36, "TD3": 44, "MRVA": 44, "MRVB": 36}


def main() -> None:
    warnings.simplefilter("ignore")
    options = f"-l mrz --tessdata-dir {sys.argv[1]}"
    serve(lambda file: _read(file, options))


def _read(file: str, options: str) -> Answer:
    mrz = read_mrz(file, extra_cmdline_params=options)
    if mrz is None or mrz.mrz_type is None:
        return {"documents": [], "sure": None}
    # Its parser fills up short lines before it reads them, so what it understood is the filled-up line.
    lines = [line.ljust(LENGTHS[mrz.mrz_type], "<") for line in MRZOCRCleaner.apply(mrz.aux["raw_text"])]
    return {"documents": [lines], "sure": None}


if __name__ == "__main__":
    main()
