"""Curves in plain integers, held against a library where it has them and against the standards where not."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.documents.chip.curves import curves, identify, multiply, named_curve, signing_keys, verify_ecdsa

NAMES = sorted(curves())
LIBRARY = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
}
DIGEST = hashlib.sha256(b"what is signed").digest()


@pytest.mark.parametrize("name", NAMES)
def test_every_curve_is_a_curve_of_its_order(name: str) -> None:
    curve = named_curve(name)

    assert curve.has(curve.base)
    assert multiply(curve, curve.n, curve.base) is None
    assert multiply(curve, curve.n - 1, curve.base) == (curve.base[0], curve.p - curve.base[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_holds_under_its_key_alone(name: str) -> None:
    curve = named_curve(name)
    private, nonce = curve.n // 3, curve.n // 7
    key, commitment = multiply(curve, private, curve.base), multiply(curve, nonce, curve.base)
    assert key is not None
    assert commitment is not None
    number = int.from_bytes(DIGEST, "big") >> max(0, 256 - curve.n.bit_length())
    r = commitment[0] % curve.n
    s = pow(nonce, -1, curve.n) * (number + r * private) % curve.n

    assert verify_ecdsa(curve, key, DIGEST, r, s)
    assert not verify_ecdsa(curve, key, DIGEST[::-1], r, s)
    assert not verify_ecdsa(curve, curve.base, DIGEST, r, s)
    assert not verify_ecdsa(curve, key, DIGEST, 0, s)
    assert not verify_ecdsa(curve, key, DIGEST, r, curve.n)
    assert key in list(signing_keys(curve, DIGEST, r, s))


@pytest.mark.parametrize("name", LIBRARY)
def test_it_agrees_with_the_library(name: str) -> None:
    private = ec.generate_private_key(LIBRARY[name])
    r, s = decode_dss_signature(private.sign(b"what is signed", ec.ECDSA(hashes.SHA256())))
    numbers = private.public_key().public_numbers()

    assert verify_ecdsa(named_curve(name), (numbers.x, numbers.y), DIGEST, r, s)


def test_a_signature_of_the_standard_on_a_curve_that_no_library_has() -> None:
    # RFC 6979 appendix A.2.3: P-192, SHA-256, "sample".
    curve = named_curve("secp192r1")
    key = multiply(curve, 0x6FAB034934E4C0FC9AE67F5B5659A9D7D1FEFD187EE09FD4, curve.base)
    assert key == (
        0xAC2C77F529F91689FEA0EA5EFEC7F210D8EEA0B9E047ED56,
        0x3BC723E57670BD4887EBC732C523063D0A7C957BC97C1C43,
    )
    r = 0x4B0B8CE98A92866A2820E20AA6B75B56382E0F9BFD5ECB55
    s = 0xCCDB006926EA9565CBADC840829D8C384E06DE1F1E381B85

    assert verify_ecdsa(curve, key, hashlib.sha256(b"sample").digest(), r, s)
    assert not verify_ecdsa(curve, key, hashlib.sha256(b"test").digest(), r, s)


@pytest.mark.parametrize("name", NAMES)
def test_points_are_decoded_in_both_forms(name: str) -> None:
    curve = named_curve(name)
    point = multiply(curve, 12345, curve.base)
    assert point is not None
    short = bytes([2 + point[1] % 2]) + curve.encode(point)[1 : 1 + curve.size]

    assert curve.decode(curve.encode(point)) == curve.decode(short) == point


@settings(max_examples=50)
@given(st.binary(max_size=70))
def test_what_is_no_point_is_refused(octets: bytes) -> None:
    curve = named_curve("brainpoolP256r1")
    try:
        point = curve.decode(octets)
    except ValueError:
        return
    assert curve.has(point)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_written_out_are_known_again(name: str) -> None:
    curve = named_curve(name)
    base = curve.encode(curve.base)

    assert identify(curve.p, curve.a, curve.b, base, curve.n, cofactor=1, seed=curve.seed) is curve


def test_parameters_of_ones_own_are_refused() -> None:
    curve = named_curve("secp256r1")
    other_base = multiply(curve, 2, curve.base)
    assert other_base is not None
    base = curve.encode(curve.base)

    with pytest.raises(ValueError, match="no known curve"):
        identify(curve.p, curve.a, curve.b, curve.encode(other_base), curve.n)
    with pytest.raises(ValueError, match="no known curve"):
        identify(curve.p, curve.a, curve.b + 1, base, curve.n)
    with pytest.raises(ValueError, match="no known curve"):
        identify(curve.p, curve.a, curve.b, base, curve.n, cofactor=2)
    with pytest.raises(ValueError, match="no known curve"):
        identify(curve.p, curve.a, curve.b, base, curve.n, seed=bytes(20))
    with pytest.raises(ValueError, match="not known"):
        named_curve("secp256k1")
