from __future__ import annotations

import pytest
from servers.postgres import run_on_postgres


@pytest.mark.postgres
def test_planning_claiming_and_reporting_hold_on_postgresql_too(postgres_url):
    run_on_postgres(
        postgres_url,
        "plans",
        "tickets",
        "api",
        "work/test_tick.py",
        "followups/test_claiming.py",
        "followups/test_claiming_together.py",
        "followups/test_trunks.py",
        "followups/test_reporting.py",
    )
