"""Small counts are not shown, nor is anything from which they follow.

A group whose counts are cut into parts is *sound* where every part is 0 or at least the minimum. Groups that are not
sound go into a pool, which a reader can find by subtracting what is shown from the whole. So the pool must be sound
itself, and hold two groups at least; where it is not, or does not, the smallest groups that are shown go into it too.

What a reader then knows of the groups in the pool is its parts, each 0 or at least the minimum, and nothing else: a
hidden group's count is in no sum or difference of what is shown. (In the literature: primary and complementary cell
suppression, with whole rows hidden, so that rows and columns can't be played off against one another.)
"""

from collections.abc import Iterable, Mapping, Set

Parts = tuple[int, ...]
"""The counts that a group's total is cut into; all groups' in the same order."""


def sound(parts: Parts, minimum: int) -> bool:
    """Whether no part is so small that it must not be known."""
    return all(part == 0 or part >= minimum for part in parts)


def shown(groups: Mapping[str, Parts], *, minimum: int, hidden: Set[str] = frozenset()) -> frozenset[str]:
    """The groups whose parts may be shown beside those of the whole. Groups with nothing in them are left out.

    ``hidden`` are not to be shown whatever they are: where they are hidden elsewhere in the same table. Where the
    whole is not sound, nothing may be shown, nor may the whole be.
    """
    there = {group: parts for group, parts in groups.items() if any(parts)}
    if not sound(whole(there.values()), minimum):
        return frozenset()
    pool = {group for group, parts in there.items() if group in hidden or not sound(parts, minimum)}
    smallest_first = sorted(there.keys() - pool, key=lambda group: (sum(there[group]), group), reverse=True)
    while pool and smallest_first and not _safe([there[group] for group in pool], minimum):
        pool.add(smallest_first.pop())
    return frozenset(there.keys() - pool)


def whole(groups: Iterable[Parts]) -> Parts:
    """The parts of all groups together."""
    return tuple(map(sum, zip(*groups, strict=True)))


def _safe(pool: list[Parts], minimum: int) -> bool:
    return len(pool) > 1 and sound(whole(pool), minimum)
