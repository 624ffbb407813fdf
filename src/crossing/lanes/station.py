"""What every service of a lane stands on."""

from dataclasses import dataclass

from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database


@dataclass(frozen=True, slots=True)
class Station:
    database: Database
    blobs: BlobStore
    clock: Clock
