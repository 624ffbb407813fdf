"""The process in which WSQ files are decoded: ``python -I -m crossing.fingers.wsq_child``, started by :mod:`.wsq`.

The decoder is NBIS's, in C, and writes past its buffers for hostile files. Here it can harm nothing: the process
holds nothing but the file, may use little memory and time, and is gone after the answer.

Standard input: for each file its length (4 bytes, big endian) and the file. Standard output: for each width, height
(4 bytes each) and the pixels.
"""

import resource
import sys
from typing import Final

import _wsq  # type: ignore[import-not-found]

MEMORY_BYTES: Final = 768 * 1024 * 1024
CPU_S: Final = 10


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    answer = bytearray()
    while length := sys.stdin.buffer.read(4):
        pixels, width, height, _ = _wsq.decompress(sys.stdin.buffer.read(int.from_bytes(length, "big")))
        answer += width.to_bytes(4, "big") + height.to_bytes(4, "big") + pixels
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
