"""Every table of every room, for migrations and tests: importing this module is what fills the metadata."""

from crossing.audit import models as _audit
from crossing.capital import models as _capital
from crossing.decisions import models as _decisions
from crossing.faces import models as _faces
from crossing.identity import models as _identity
from crossing.lanes import models as _lanes
from crossing.movements import models as _movements
from crossing.platform import idempotency as _idempotency
from crossing.platform.db import Base
from crossing.posts import models as _posts
from crossing.replication import models as _replication
from crossing.replication.feed import models as _feed
from crossing.screening import models as _screening
from crossing.screening.ahead import models as _ahead
from crossing.screening.interpol_state import models as _asking
from crossing.screening.proposals import models as _proposals

ROOMS = (
    _ahead,
    _asking,
    _audit,
    _capital,
    _decisions,
    _faces,
    _feed,
    _idempotency,
    _identity,
    _lanes,
    _movements,
    _posts,
    _proposals,
    _replication,
    _screening,
)

metadata = Base.metadata
