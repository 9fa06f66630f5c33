"""Who comes in with an import is planned for at once, not at the next round."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from huifang.customers.importing import import_file
from huifang.errors import FileUnusable
from huifang.followups.models import FollowUp
from huifang.people.audit import system_user
from huifang.plans.shipped import publish_shipped
from huifang.work.models import Job
from huifang.work.tick import claim, perform

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai
CUSTOMERS = "会员号,姓名,手机号,门店\nM1,李红,13812345678,人民路店\n"
ORDERS = "订单号,会员号,下单时间,金额\nO1,M1,2026-09-12 10:00,128\n"


def bring(folder: Path, content: str) -> None:
    path = folder / "file.csv"
    path.write_text(content, encoding="utf-8")
    import_file(path, acting_user=system_user(), now=NOW)


def work() -> None:
    for job in claim("test", 10, NOW):
        assert perform(job, NOW)


def test_the_worker_plans_for_whoever_was_imported(tmp_path: Path) -> None:
    publish_shipped(now=NOW)
    bring(tmp_path, CUSTOMERS)
    bring(tmp_path, ORDERS)
    assert not FollowUp.objects.exists()
    work()
    assert FollowUp.objects.get().plan == "first-order-3d"
    work()
    assert FollowUp.objects.count() == 1


def test_an_import_that_changes_nothing_or_fails_promises_nothing(tmp_path: Path) -> None:
    bring(tmp_path, CUSTOMERS)
    assert Job.objects.count() == 1
    bring(tmp_path, CUSTOMERS)
    with pytest.raises(FileUnusable):
        bring(tmp_path, "no header that anybody knows\n1\n")
    assert Job.objects.count() == 1
