"""Whether what is known of a traveller holds anything that a list can be asked with.

A name of signs and digits, or a number of fillers, is the same as none for every index: it finds nobody. That must
never be read as "nobody is listed".
"""

from crossing.screening.documents import tidy
from crossing.screening.names.spelling import spell
from crossing.screening.schemas import Reason, Subject, SubjectName
from crossing.screening.vehicles import tidy_plate, tidy_vin


def is_readable_name(surname: str, given_names: str) -> bool:
    """Whether there is a letter of any script in it; one side may be empty, or a mark for a name that is missing."""
    return any(map(str.isalpha, surname + given_names)) and bool(spell(surname, given_names))


def readable_names(subject: Subject) -> tuple[SubjectName, ...]:
    return tuple(name for name in subject.names if is_readable_name(name.surname, name.given_names))


def why_no_name(subject: Subject) -> Reason | None:
    """Why lists can't be asked by name; None where they can."""
    if not subject.names:
        return Reason.NO_NAME
    return None if readable_names(subject) else Reason.NAME_UNREADABLE


def why_no_document(subject: Subject) -> Reason | None:
    """Why lists can't be asked by document; None where they can."""
    if subject.document is None:
        return Reason.NO_DOCUMENT
    return None if tidy(subject.document.number) else Reason.NUMBER_UNREADABLE


def why_no_vehicle(subject: Subject) -> Reason | None:
    """Why lists can't be asked by plate and VIN; None where they can by each that there is."""
    vehicle = subject.vehicle
    if vehicle is None:
        return Reason.NO_VEHICLE
    plate_lost = bool(vehicle.plate) and not tidy_plate(vehicle.plate)
    vin_lost = bool(vehicle.vin) and not tidy_vin(vehicle.vin)
    return Reason.NUMBER_UNREADABLE if plate_lost or vin_lost else None
