"""Active authentication: the chip signs what it was asked, with a key that never leaves it (Doc 9303-11, 6.1)."""

from contextlib import suppress
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.files import TAGS
from crossing.documents.chip.keys import EcKey, PublicKey, RsaKey, read_public_key
from crossing.documents.chip.signatures import DIGESTS, der_numbers, ecdsa_holds, hashed, plain_numbers
from crossing.documents.chip.tlv import TlvDamaged
from crossing.ports.chip import ChipFile

# ISO/IEC 9796-2 section 8: what ends a message says which hash it holds (ISO/IEC 10118-3).
_TRAILERS: Final = (
    (b"\xbc", "sha1"),
    (b"\x33\xcc", "sha1"),
    (b"\x34\xcc", "sha256"),
    (b"\x35\xcc", "sha512"),
    (b"\x36\xcc", "sha384"),
    (b"\x38\xcc", "sha224"),
)
_PARTIAL_RECOVERY: Final = 0x6A


def read_dg15(content: bytes) -> PublicKey:
    """The chip's key. Raises ValueError."""
    return read_public_key(tlv.read_one(content, TAGS[ChipFile.DG15]).value)


def answers(key: PublicKey, challenge: bytes, response: bytes, *, digest: str = "") -> bool:
    """Whether ``response`` is the signature of ``key`` over ``challenge``.

    ``digest`` is the hash of an ECDSA answer as DG14 names it; chips that leave it out are believed with any.
    """
    if isinstance(key, RsaKey):
        return _rsa_answers(key, challenge, response)
    names = (digest,) if digest else tuple(dict.fromkeys(DIGESTS.values()))
    numbers = _numbers(key, response)
    return any(ecdsa_holds(key, name, hashed(name, challenge), *pair) for pair in numbers for name in names)


def _rsa_answers(key: RsaKey, challenge: bytes, response: bytes) -> bool:
    """ISO/IEC 9796-2 digital signature scheme 1: the chip's own part of the message comes out of the signature."""
    number = int.from_bytes(response, "big")
    if len(response) != key.size or number >= key.modulus:
        return False
    opened = pow(number, key.exponent, key.modulus)
    # A signer may give the smaller of two numbers that open to each other's negative (annex B.6).
    return any(_holds(one.to_bytes(key.size, "big"), challenge) for one in (opened, key.modulus - opened))


def _holds(message: bytes, challenge: bytes) -> bool:
    if message[0] != _PARTIAL_RECOVERY:
        return False
    for trailer, digest in _TRAILERS:
        if not message.endswith(trailer):
            continue
        size = len(hashed(digest, b""))
        body = message[1 : -len(trailer)]
        if len(body) > size and hashed(digest, body[:-size] + challenge) == body[-size:]:
            return True
    return False


def _numbers(key: EcKey, response: bytes) -> list[tuple[int, int]]:
    """r and s side by side, as BSI TR-03111 has them, or in DER, as some chips send them."""
    found = []
    with suppress(TlvDamaged):
        found.append(plain_numbers(key, response))
    with suppress(TlvDamaged):
        found.append(der_numbers(response))
    return found
