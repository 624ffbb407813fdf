"""Real portraits and the real face models, as set-up put them under ``models/``.

None of them is in the repository. Where one is missing, the test that needs it fails and says what to run: a face
test that is quietly skipped is how a broken engine gets shipped.
"""

from functools import cache
from pathlib import Path
from typing import Final

from crossing.platform.images import BgrImage, decode_image

MODELS: Final = Path(__file__).parents[2] / "models"
PORTRAITS: Final = MODELS / "portraits"

SAME_PERSON: Final = ("obama.jpg", "obama-speaking.jpg", "obama-standing.jpg")
"""Three photographs of one person, years and light apart."""

OTHER_PERSONS: Final = ("biden.jpg", "collins.png", "hopper.jpg")


@cache
def portrait(name: str) -> BgrImage:
    """The portrait ``name``, BGR. Don't write into it: it is shared by the whole run."""
    path = PORTRAITS / name
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run 'make setup'")
    image = decode_image(path.read_bytes())
    image.setflags(write=False)
    return image
