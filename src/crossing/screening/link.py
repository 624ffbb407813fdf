"""Noticing that INTERPOL answers again, so that nobody waits for a pause to end."""

from crossing.screening.bridge import BridgeClient


class LinkWatch:
    """Asks the bridge how it is. For one thread."""

    def __init__(self, bridge: BridgeClient) -> None:
        self._bridge = bridge
        self._answering = False
        self._waiting_there = 0

    def has_come_back(self) -> bool:
        """Whether the databases answer again, or fewer questions wait at the bridge: some of them are answered there.

        True at the first look too, where they answer: how it was before is not known.
        """
        if not self._bridge.configured:
            return False
        said = self._bridge.status()
        answering = said is not None and said.state == "online"
        waiting = said.pending_rechecks if said else self._waiting_there
        news = (answering and not self._answering) or waiting < self._waiting_there
        self._answering, self._waiting_there = answering, waiting
        return news
