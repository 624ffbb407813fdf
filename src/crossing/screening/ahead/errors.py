"""What is refused about those whom the posts look for."""

from crossing.platform.errors import DomainError, Kind


class ListToldByTheCapital(DomainError):
    kind = Kind.CONFLICT
    code = "list_told_by_the_capital"
    message = "The capital makes this list, of travellers whom the posts look for; nobody changes it by hand."
