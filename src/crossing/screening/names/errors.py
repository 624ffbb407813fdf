"""What can go wrong with a file of names."""

from crossing.platform.errors import DomainError


class MalformedPairs(DomainError):
    code = "pairs_malformed"
    message = "Line {line} can't be read: {trouble}."
