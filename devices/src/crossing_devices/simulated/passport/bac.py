"""Basic access control from the card's side: Doc 9303-11 section 4.3."""

import hashlib
from typing import Final

from crossing_devices.simulated.passport.apdu import Refusal, StatusWord
from crossing_devices.simulated.passport.channel import Channel
from crossing_devices.simulated.passport.ciphers import (
    FOR_ENCRYPTION,
    FOR_MAC,
    decrypt,
    derive,
    encrypt,
    mac,
    pad,
)
from crossing_devices.simulated.passport.dice import Dice
from crossing_devices.simulated.passport.protocols import Cipher

CHALLENGE_BYTES: Final = 8
_CRYPTOGRAM_BYTES: Final = 32
_SECRET_BYTES: Final = 16


class BasicAccess:
    """One run: a challenge, then the mutual authentication over it."""

    def __init__(self, mrz_information: str, dice: Dice | None = None) -> None:
        self._dice = dice or Dice()
        # SHA-1 is what section 4.3.2 prescribes.
        seed = hashlib.sha1(mrz_information.encode("ascii")).digest()[:_SECRET_BYTES]  # noqa: S324
        self._encryption = derive(seed, FOR_ENCRYPTION, Cipher.TDES)
        self._authentication = derive(seed, FOR_MAC, Cipher.TDES)
        self._challenge = b""

    def challenge(self) -> bytes:
        """RND.IC, new each time."""
        self._challenge = self._dice.draw_bytes(CHALLENGE_BYTES)
        return self._challenge

    def authenticate(self, data: bytes, *, forge: bool = False) -> tuple[bytes, Channel]:
        """The answer to EXTERNAL AUTHENTICATE, and the session; ``forge`` answers with a wrong MAC.

        Raises :class:`Refusal`; the challenge is spent."""
        challenge, self._challenge = self._challenge, b""
        if not challenge:
            raise Refusal(StatusWord.CONDITIONS)
        if len(data) != _CRYPTOGRAM_BYTES + 8:
            raise Refusal(StatusWord.WRONG_LENGTH)
        hidden, proof = data[:_CRYPTOGRAM_BYTES], data[_CRYPTOGRAM_BYTES:]
        if self._proof(hidden) != proof:
            raise Refusal(StatusWord.NOT_AUTHENTICATED)
        plain = decrypt(Cipher.TDES, self._encryption, hidden)
        theirs, mine, their_secret = plain[:8], plain[8:16], plain[16:]
        if mine != challenge:
            raise Refusal(StatusWord.NOT_AUTHENTICATED)
        own_secret = self._dice.draw_bytes(_SECRET_BYTES)
        answer = encrypt(Cipher.TDES, self._encryption, challenge + theirs + own_secret)
        seed = bytes(one ^ other for one, other in zip(their_secret, own_secret, strict=True))
        # Section 9.8.7.1: the counter begins with the ends of both challenges.
        channel = Channel.agreed(Cipher.TDES, seed, challenge[4:] + theirs[4:])
        sealed = bytes(8) if forge else self._proof(answer)
        return answer + sealed, channel

    def _proof(self, hidden: bytes) -> bytes:
        return mac(Cipher.TDES, self._authentication, pad(hidden, 8))
