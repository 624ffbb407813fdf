"""What can go wrong with a file of names."""

from crossing.platform.errors import DomainError, Kind


class MalformedPairs(DomainError):
    code = "pairs_malformed"
    message = "The first line of the file lacks these columns: {columns}"


class NoSuchListOfNames(DomainError):
    kind = Kind.NOT_FOUND
    code = "list_of_names_unknown"
    message = "There is no list of names with the code {code} in use on this machine."
