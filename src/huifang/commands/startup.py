"""What every command that touches the database does first: folders, Django, keys, migrations."""

from __future__ import annotations

import os
from pathlib import Path

from huifang.database import name_of_database
from huifang.env import Environment, read_environment
from huifang.errors import N_, DatabaseUnusable, FileUnusable, KeyFileUnusable, SettingInvalid, why
from huifang.people.encryption import create_key_file, read_key_file


def start(*, migrate: bool = False) -> Environment:
    """Prepare this process for work with the database and return its settings.

    With ``migrate`` the database is brought up to date; without it ``DatabaseUnusable`` where it is not.  The key file is made at the first start;
    ``KeyFileUnusable`` when it is missing although there is data, open to others, or another one.
    """
    environment = read_environment()
    try:
        environment.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingInvalid(name="HUIFANG_HOME", value=str(environment.home), mend=why(error)) from None
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huifang.settings")
    import django

    django.setup()
    from django.utils import translation

    translation.activate(environment.language)
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
    else:
        _ensure_set_up(environment)
    _ensure_key(environment)
    return environment


def _ensure_set_up(environment: Environment) -> None:
    """Several processes start at once beside one database, so only commands that run alone change its tables."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseUnusable(
            database=name_of_database(environment),
            mend=N_("run huifang check once, which sets it up and keeps what is in it."),
            reason=N_("its tables are missing or of an older version"),
        )


def check_writable(path: Path) -> None:
    """Find out before a long run that its figures cannot be written: ``FileUnusable``."""
    existed = path.exists()
    try:
        path.open("a").close()
    except OSError as error:
        raise FileUnusable(path=path, reason=why(error)) from None
    if not existed:
        path.unlink()


def _ensure_key(environment: Environment) -> None:
    """Make the key file when there is nothing it should open; otherwise check that it opens the data."""
    path = environment.key_file
    sample = _any_sealed_number()
    if not path.exists() and sample is None:
        try:
            create_key_file(path)
        except OSError as error:
            raise KeyFileUnusable(path=path, mend=why(error)) from None
    keys = read_key_file(path)
    if sample is not None:
        from huifang.customers.phones import PHONE_CONTEXT

        try:
            keys.unseal(sample, PHONE_CONTEXT)
        except KeyFileUnusable:
            raise KeyFileUnusable(
                path=path,
                mend=N_("it did not encrypt this database; restore the key file that belongs to it."),
            ) from None


def _any_sealed_number() -> bytes | None:
    """One encrypted phone number, or None where there are none yet (or no tables)."""
    from django.db import connection

    from huifang.customers.models import ContactPoint

    if ContactPoint._meta.db_table not in connection.introspection.table_names():
        return None
    row = ContactPoint.objects.values_list("sealed", flat=True).first()
    return None if row is None else bytes(row)
