"""Which group an AlgorithmIdentifier means (Doc 9303-11 section 9.5): one that this reader trusts, or none."""

from typing import Final

from crossing_devices.chip import tlv
from crossing_devices.chip.curves import Curve
from crossing_devices.chip.domain_parameters import STANDARDISED
from crossing_devices.chip.errors import Garbled
from crossing_devices.chip.groups import Group
from crossing_devices.chip.modp import PrimeField

_STANDARDISED: Final = "0.4.0.127.0.7.1.2"
_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_DH_PUBLIC_NUMBER: Final = "1.2.840.10046.2.1"
_PKCS3: Final = "1.2.840.113549.1.3.1"

_NAMED_CURVES: Final = {
    "1.2.840.10045.3.1.1": 8,
    "1.3.36.3.3.2.8.1.1.3": 9,
    "1.3.132.0.33": 10,
    "1.3.36.3.3.2.8.1.1.5": 11,
    "1.2.840.10045.3.1.7": 12,
    "1.3.36.3.3.2.8.1.1.7": 13,
    "1.3.36.3.3.2.8.1.1.9": 14,
    "1.3.132.0.34": 15,
    "1.3.36.3.3.2.8.1.1.11": 16,
    "1.3.36.3.3.2.8.1.1.13": 17,
    "1.3.132.0.35": 18,
}
"""Named curves are not allowed here (section 9.5.2), and chips name them all the same."""


def trusted_group(algorithm: tlv.Element) -> Group | None:
    """None where it is another group. Raises Garbled."""
    kind, parameters = tlv.pair(algorithm)
    oid = tlv.object_identifier(kind)
    if oid == _STANDARDISED:
        return STANDARDISED.get(tlv.integer(parameters))
    if oid == _EC_PUBLIC_KEY:
        return _curve(parameters)
    if oid in (_DH_PUBLIC_NUMBER, _PKCS3):
        return _prime_field(parameters)
    return None


def _curve(parameters: tlv.Element) -> Group | None:
    """ECParameters: version, field, curve, base point, order, cofactor (TR-03111 section 5.1.1)."""
    if parameters.tag == tlv.OBJECT_IDENTIFIER:
        return STANDARDISED.get(_NAMED_CURVES.get(tlv.object_identifier(parameters), -1))
    parts = parameters.children()
    if parameters.tag != tlv.SEQUENCE or len(parts) < 5:
        raise Garbled("domain parameters of the wrong shape")
    prime = tlv.integer(tlv.pair(parts[1])[1])
    coefficients = tuple(int.from_bytes(coefficient.value, "big") for coefficient in parts[2].children()[:2])
    given = (prime, *coefficients, parts[3].value, tlv.integer(parts[4]))
    curves = (group for group in STANDARDISED.values() if isinstance(group, Curve))
    return next((c for c in curves if (c.prime, c.a, c.b, c.generator, c.order) == given), None)


def _prime_field(parameters: tlv.Element) -> Group | None:
    """Prime and generator first, in PKCS #3 as in X9.42, which chips use too (section 8.5 note 2)."""
    parts = parameters.children()
    if parameters.tag != tlv.SEQUENCE or len(parts) < 2:
        raise Garbled("domain parameters of the wrong shape")
    given = (tlv.integer(parts[0]), tlv.integer(parts[1]))
    fields = (group for group in STANDARDISED.values() if isinstance(group, PrimeField))
    return next((field for field in fields if (field.prime, field.base) == given), None)
