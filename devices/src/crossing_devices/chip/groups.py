"""What a key agreement needs of a group, written once for elliptic curves and for prime fields."""

from typing import Protocol


class Group(Protocol):
    """A group of prime order. Its elements are passed around as they are sent: points uncompressed, numbers without
    leading zeros (Doc 9303-11 section 9.4). What is no element, or turns out the neutral one, raises Garbled.
    """

    @property
    def name(self) -> str: ...

    @property
    def bits(self) -> int:
        """Of the field, to rank groups of one kind by strength."""
        ...

    @property
    def prime(self) -> int:
        """The field's characteristic."""
        ...

    @property
    def order(self) -> int: ...

    @property
    def generator(self) -> bytes: ...

    @property
    def public_key_tag(self) -> int:
        """Of a public value inside the template 7F49 (sections 9.4.3 and 9.4.4)."""
        ...

    @property
    def public_key_type(self) -> int:
        """1 for DH, 2 for ECDH: the last number of id-PK (section 9.2.7)."""
        ...

    def private_key(self) -> int: ...

    def power(self, element: bytes, exponent: int) -> bytes:
        """The element combined ``exponent`` times with itself."""
        ...

    def combine(self, one: bytes, other: bytes) -> bytes: ...

    def shared_secret(self, private: int, public: bytes) -> bytes:
        """What keys are derived from: the x-coordinate, or the number in the length of the prime (section 9.7.1)."""
        ...

    def hash_to_element(self, number: int) -> bytes:
        """The function f of the integrated mapping, 0 < number < prime (section 4.4.3.3.2). Raises Unsupported."""
        ...
