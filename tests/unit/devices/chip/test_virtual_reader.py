"""The reader for virtual cards: one that came and went while nobody looked is not the one that lies there."""

import socket
import threading

from crossing_devices.captures import Deadline
from crossing_devices.chip.vpcd import VpcdReader
from tests.factories.serving import free_ports

ATR = bytes.fromhex("3b8980014a434f503333")


def test_cards_that_left_unread_make_room_for_the_one_that_lies_there() -> None:
    port = free_ports(1)
    reader = VpcdReader("127.0.0.1", port)
    for _ in range(2):
        socket.create_connection(("127.0.0.1", port), 20).close()
    with socket.create_connection(("127.0.0.1", port), 20) as lying:
        card = threading.Thread(target=_answer_atr, args=(lying,), daemon=True)
        card.start()
        assert reader.wait_for_card(20, Deadline(30)).atr == ATR
        card.join(20)
    reader.close()


def _answer_atr(card: socket.socket) -> None:
    """After off and on: two messages of one byte, then the question."""
    with card.makefile("rb") as line:
        line.read(9)
    card.sendall(len(ATR).to_bytes(2, "big") + ATR)
