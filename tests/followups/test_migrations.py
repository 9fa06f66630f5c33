from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("followups", name)])
    return executor.loader.project_state([("followups", name)]).apps.get_model("followups", "Trunk")


@pytest.mark.django_db(transaction=True)
def test_the_one_number_of_a_trunk_becomes_the_first_of_its_list():
    try:
        old = migrate("0002_how_trunks_are_spoken_to")
        old.objects.create(name="a", host="h", caller_id="02166668888")
        old.objects.create(name="b", host="h")
        new = migrate("0003_trunk_settings")
        assert dict(new.objects.values_list("name", "caller_ids")) == {"a": ["02166668888"], "b": []}
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
