"""The second line's page asks whether this is one of those whom the posts look for, where the finding can't say."""

import re

from crossing.decisions import repository as referrals
from crossing.identity.roles import Role
from crossing.platform.db.reading import reading
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, document, order
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.test_ahead import here, tell, world  # noqa: F401 - a fixture
from tests.integration.lanes.world import OFFICER, World


def test_what_is_said_there_of_each_is_kept_with_the_finding(world: World) -> None:  # noqa: F811
    listed = csv_of(document(AMINATA.number))
    world.app.state.lists.import_list(order(listed, code="stolen", format="national_documents"))
    tell(world, world.clock.now())
    session_id = here(world)
    with world.database.unit_of_work() as session:
        referral_id = world.desk.refer(session, session_id, officer=OFFICER, note="").referral_id
    path, officer = f"/referrals/{referral_id}", signed_in_client(world.app, Role.SECOND_LINE)
    shown = officer.get(path).text
    [hit_id] = re.findall(r'name="person_hit" value="([^"]+)"', shown)
    [seen] = re.findall(r'name="reasons_seen" value="(\d+)"', shown)
    form = {
        "finding": "confirmed", "verdict": "refuse", "reason_code": "document_stolen_or_lost", "reasons_seen": seen,
        "person_hit": hit_id, "person_finding": "",
    }  # fmt: skip
    for wrong in ({}, {"person_hit": "x", "person_finding": "confirmed"}, {"person_finding": "record_withdrawn"}):
        refused = officer.post(f"{path}/resolution", data=form | wrong)
        assert refused.status_code == 422
        assert 'id="people-error"' in refused.text
    done = officer.post(f"{path}/resolution", data=form | {"person_finding": "not_the_person"})
    assert done.status_code == 200
    with reading(world.database) as session:
        row = referrals.referral(session, referral_id)
        assert row is not None
        said = referrals.view(row).resolution
    assert said is not None
    assert [(str(word.hit_id), word.finding.value) for word in said.looked_for] == [(hit_id, "not_the_person")]
