"""Lists that this machine makes itself: nobody brings one, and nobody ends an entry of one by hand."""

from crossing.screening.ahead.errors import ListToldByTheCapital
from crossing.screening.errors import ListKeptHere
from crossing.screening.lists.formats.ahead import is_told_by_the_capital
from crossing.screening.lists.formats.hand_made import is_made_by_hand


def refuse_from_outside(code: str, *formats: str | None) -> None:
    """Raises ListKeptHere for a list of entries made by hand, ListToldByTheCapital for that of those looked for."""
    if is_made_by_hand(code, *formats):
        raise ListKeptHere
    if is_told_by_the_capital(code, *formats):
        raise ListToldByTheCapital
