"""How long a chip takes: the air, the command, the arithmetic."""

from dataclasses import dataclass
from typing import Final


@dataclass
class Work:
    """What a command cost the chip: points multiplied, and signatures made."""

    multiplications: int = 0
    signatures: int = 0


@dataclass(frozen=True)
class Timing:
    """``bits_per_second`` 0 is a line without delay. The rest are milliseconds each."""

    bits_per_second: int = 0
    command_ms: float = 0.0
    multiplication_ms: float = 0.0
    signature_ms: float = 0.0

    def seconds(self, exchanged_bytes: int, work: Work) -> float:
        """Of one command, its answer included."""
        air = 8 * exchanged_bytes / self.bits_per_second if self.bits_per_second else 0.0
        arithmetic = work.multiplications * self.multiplication_ms + work.signatures * self.signature_ms
        return air + (self.command_ms + arithmetic) / 1000


IMMEDIATE: Final = Timing()
LIKE_A_PASSPORT: Final = Timing(bits_per_second=424_000, command_ms=15, multiplication_ms=40, signature_ms=120)
"""A common chip at a common rate of ISO/IEC 14443-4. Opened by PACE, read whole (16 KB) and proven no copy it takes
1.2 s with extended length, 2.0 s without."""
