"""A chip that says what a worked example says, and insists on being asked what the example asks."""

from collections.abc import Iterator


def hexadecimal(text: str) -> bytes:
    """The bytes of a printed example: blanks and line ends are its layout."""
    return bytes.fromhex("".join(text.split()))


class ScriptedChip:
    """Its ``transmit`` answers the expected commands, one after the other."""

    def __init__(self, *exchanges: tuple[str, str]) -> None:
        self._exchanges = [(hexadecimal(command), hexadecimal(response)) for command, response in exchanges]
        self._next: Iterator[tuple[bytes, bytes]] = iter(self._exchanges)
        self.asked = 0

    def transmit(self, command: bytes) -> bytes:
        expected, response = next(self._next)
        assert command.hex() == expected.hex()
        self.asked += 1
        return response

    @property
    def is_done(self) -> bool:
        return self.asked == len(self._exchanges)


def drawn(*values: str) -> Iterator[int]:
    """The private keys of an example, in the order of their use."""
    return (int.from_bytes(hexadecimal(value), "big") for value in values)
