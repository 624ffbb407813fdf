"""What a lane asks of a chip, and what it is told of the answer."""

import secrets
from collections.abc import Callable
from datetime import date

from pydantic import ValidationError

from crossing.documents.chip.results import ChipReading
from crossing.documents.chip.trust import TrustStore
from crossing.documents.chip.verification import verify
from crossing.documents.mrz import FILLER, Mrz
from crossing.ports.chip import ChipDump, ChipRequest, MrzKey

_NUMBER_LENGTH = 9
_CHALLENGE_BYTES = 8


class ChipExaminer:
    """``trust`` gives the country signers as they are now, None while no master list has been imported."""

    def __init__(self, trust: Callable[[], TrustStore | None]) -> None:
        self._trust = trust

    def request_for(self, mrz: Mrz, can: str | None = None) -> ChipRequest | None:
        """What a reader needs to open the chip of the document with this MRZ (Doc 9303-11 section 4.3.2).

        None where the MRZ lacks the number or a date and no card access number is given. The challenge is drawn anew
        for every request.
        """
        key = _key(mrz)
        if key is None and can is None:
            return None
        return ChipRequest(mrz=key, can=can, challenge=secrets.token_hex(_CHALLENGE_BYTES))

    def examine(self, dump: ChipDump, *, asked: ChipRequest, today: date) -> ChipReading:
        """What the chip says and whether it is genuine. ``asked`` is the request that was sent: an answer to another
        challenge is no proof."""
        return verify(dump.files, self._trust(), today=today, dump=dump, asked=asked.challenge or "")


def _key(mrz: Mrz) -> MrzKey | None:
    """Number and dates as they stand in the zone, a long number whole; None where one is missing."""
    number = mrz.fields.get("document_number")
    birth, expiry = mrz.fields.get("birth_date"), mrz.fields.get("expiry_date")
    if number is None or birth is None or expiry is None or not number.value:
        return None
    try:
        digits = number.raw.ljust(_NUMBER_LENGTH, FILLER)
        return MrzKey(document_number=digits, birth_date=birth.raw, expiry_date=expiry.raw)
    except ValidationError:
        return None
