"""The composition root: what a post and a capital are made of, wired with keyword defaults.

A test passes its own part in the place of any other; nothing here is global, and no setting changes later. The two
services are put together in ``post_app`` and ``capital_app``, each over its core (``cores.py``).
"""

from crossing.bootstrap.capital import CapitalApps, capital_app, capital_appliers
from crossing.bootstrap.post import post_app
from crossing.bootstrap.readers import PostParts

__all__ = ["CapitalApps", "PostParts", "capital_app", "capital_appliers", "post_app"]
