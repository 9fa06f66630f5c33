"""What holds on SQLite holds on a real PostgreSQL: the same tests, once more."""

from __future__ import annotations

import pytest
from servers.postgres import run_on_postgres

pytestmark = pytest.mark.postgres


def test_the_rooms_of_the_data_behave_the_same_on_postgresql(postgres_url):
    run_on_postgres(
        postgres_url,
        "law",
        "customers/test_facts.py",
        "customers/test_importing.py",
        "customers/test_import_sums.py",
        "segments",
        "followups/test_recording_meets_events.py",
        "followups/test_promises.py",
        "followups/test_endings.py",
        "people/test_sealed_fields.py",
    )
