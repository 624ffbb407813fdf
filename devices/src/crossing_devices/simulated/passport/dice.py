"""What the chip draws by lot in its protocols, in one place, so that a worked example can be run again."""

import secrets

from crossing_devices.simulated.passport.curves import Curve


class Dice:
    """Draws of the operating system's generator."""

    def draw_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def draw_scalar(self, curve: Curve) -> int:
        """A private key: 1 to n - 1."""
        return curve.random_scalar()
