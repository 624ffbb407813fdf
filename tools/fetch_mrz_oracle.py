"""Fetch the oracle of the MRZ tests: the npm package ``mrz`` (MIT), pinned, checked by its SHA-512, once.

It is another parser of the same standard, asked by tests/contract/mrz_oracle; nothing of it is shipped. It has no
dependencies. Standard library only; the node that runs it comes inside the playwright wheel.

    python tools/fetch_mrz_oracle.py                       # into models/mrz-oracle, a second run does nothing
    python tools/fetch_mrz_oracle.py --tarball FILE.tgz    # without a network: from a tarball carried here by hand
"""

import argparse
import base64
import hashlib
import io
import os
import shutil
import ssl
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

VERSION: Final = "5.0.2"
INTEGRITY: Final = "sha512-GXZ2eCwXrXHy3aTYLwckAyKy0V2yIEGM1Hgj8SjIbsGwVdZRdwrUSdNdetLZV4avgPUfKslBVvwbN7RVdWiyzw=="
DEFAULT_REGISTRY: Final = "https://registry.npmjs.org"
FOLDER: Final = Path(__file__).resolve().parents[1] / "models" / "mrz-oracle"
BYTES_LIMIT: Final = 1024 * 1024
TIMEOUT_S: Final = 30.0
ATTEMPTS: Final = 5
FIRST_PAUSE_S: Final = 2.0


class FetchError(Exception):
    """The package could not be had; the text says what to do."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch the oracle of the MRZ tests and check it.")
    parser.add_argument("--into", type=Path, default=FOLDER)
    parser.add_argument("--tarball", type=Path, help="take the package from this file instead of the registry")
    options = parser.parse_args(argv)
    target = options.into / VERSION
    if target.is_dir():
        return 0
    try:
        content = options.tarball.read_bytes() if options.tarball else download()
        check(content)
        unpack(content, target)
    except (FetchError, OSError, tarfile.TarError) as failure:
        print(f"mrz oracle: {failure}", file=sys.stderr)
        return 1
    print(f"mrz oracle: mrz {VERSION} ready")
    return 0


def check(content: bytes) -> None:
    """Raises :class:`FetchError` unless the tarball is the pinned one."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != INTEGRITY:
        raise FetchError(f"this is not the tarball that was pinned: {found}, expected {INTEGRITY}")


def unpack(content: bytes, target: Path) -> None:
    """Write the files of the checked tarball into ``target``, which appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpack-"))
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    place = scratch / member.name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(file.read())
        (scratch / "package").replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def download() -> bytes:
    """The tarball from the registry; a link that breaks is tried again."""
    named = (value for name, value in os.environ.items() if name.lower() == "npm_config_registry" and value)
    registry = next(named, DEFAULT_REGISTRY)
    url = f"{registry.rstrip('/')}/mrz/-/mrz-{VERSION}.tgz"
    failure: Exception | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
        try:
            return _read(url)
        except urllib.error.HTTPError as refusal:
            failure = refusal
            refusal.close()
            if refusal.code < 500 and refusal.code not in (408, 429):
                break
        except OSError as broken:
            failure = broken
    raise FetchError(f"mrz-{VERSION}.tgz could not be had from the npm registry: {failure}; --tarball takes a copy")


def _read(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise FetchError("the npm registry's address is not an http address; --tarball takes a copy")
    trust = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE"))
    with urllib.request.urlopen(url, timeout=TIMEOUT_S, context=trust) as answer:
        content: bytes = answer.read(BYTES_LIMIT + 1)
    if len(content) > BYTES_LIMIT:
        raise FetchError(f"more than {BYTES_LIMIT} bytes came where fewer were expected")
    return content


if __name__ == "__main__":
    raise SystemExit(main())
