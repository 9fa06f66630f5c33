"""The sample chain 「花颜美妆」: 4 stores, 300 customers, 1,500 orders in the two years before the demo day.

``python -m huifang.demo.sample`` writes ``data/customers.csv`` and ``data/orders.csv`` anew.  The
generator is seeded and its files are committed; a test holds both together.  As in real exports there
are duplicates and a few bad rows, so that the demonstration also shows the error file.

On the demo day 25 customers are 3 to 5 days after their first order and 45 regular customers have
stayed away for 60 to 67 days.  Eight of these 70 must not or cannot be called: five asked not to be
disturbed, three left no number.  Two more never agreed to marketing.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from huifang.demo.sample_words import (
    FEMALE_NAMES,
    MALE_NAMES,
    MOBILE_PREFIXES,
    PRODUCTS,
    STORES,
    SURNAMES,
)

DEMO_ZONE = ZoneInfo("Asia/Shanghai")
DEMO_START = datetime(2026, 9, 15, 10, 0, tzinfo=DEMO_ZONE)
"""The instant at which the demonstration's business clock starts: a Tuesday, 10 in the morning."""
DEMO_DAY = DEMO_START.date()

CUSTOMERS = 300
ORDERS = 1_500
FIRST_ORDER_DUE = 25
DORMANT_DUE = 45
BAD_CUSTOMER_ROWS = 6
BAD_ORDER_ROWS = 4
SEED = 20260915

CUSTOMER_HEADER = ("会员号", "姓名", "性别", "手机号", "生日", "门店", "免打扰", "同意营销")
ORDER_HEADER = ("订单号", "会员号", "下单时间", "金额(元)", "商品", "品类", "数量", "门店")
_T = TypeVar("_T")
DATA = Path(__file__).with_name("data")


@dataclass
class _Person:
    member: str
    name: str
    gender: str
    phone: str
    birthday: str
    store: str
    do_not_disturb: str = "否"
    marketing: str = "是"
    orders: list[datetime] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        return (
            self.member,
            self.name,
            self.gender,
            self.phone,
            self.birthday,
            self.store,
            self.do_not_disturb,
            self.marketing,
        )


@dataclass
class _Cohort:
    """``people`` customers whose last order is ``last`` days ago and whose orders reach ``back`` days."""

    people: int
    last: tuple[int, int]
    back: int
    orders: tuple[int, int]


_COHORTS = (
    _Cohort(FIRST_ORDER_DUE, (3, 5), 5, (1, 1)),
    _Cohort(DORMANT_DUE, (60, 67), 620, (2, 7)),
    _Cohort(20, (8, 29), 29, (1, 1)),  # new, not due
    _Cohort(78, (1, 48), 700, (4, 12)),  # active
    _Cohort(26, (35, 54), 500, (8, 14)),  # formerly frequent, now quiet
    _Cohort(58, (75, 340), 700, (2, 6)),  # dormant
    _Cohort(34, (372, 640), 715, (1, 4)),  # lost
    _Cohort(14, (0, 0), 0, (0, 0)),  # registered, never bought
)


def sample_files() -> dict[str, str]:
    """File name → text of the two sample files; the same at every call."""
    rng = random.Random(SEED)
    people = _people(rng)
    _reach_exact_orders(rng, people)
    return {
        "customers.csv": _csv(CUSTOMER_HEADER, _customer_rows(people)),
        "orders.csv": _csv(ORDER_HEADER, _order_rows(rng, people)),
    }


def write_sample(folder: Path = DATA) -> None:
    """Write the sample files into ``folder``."""
    folder.mkdir(exist_ok=True)
    for name, text in sample_files().items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


# ---- customers


def _people(rng: random.Random) -> list[_Person]:
    people: list[_Person] = []
    phones: set[str] = set()
    for cohort in _COHORTS:
        members = [_person(rng, phones) for _ in range(cohort.people)]
        for person in members:
            person.orders = _order_times(rng, cohort)
        people.extend(members)
    _give_reasons_to_skip(people)
    for person in people[FIRST_ORDER_DUE + DORMANT_DUE :]:
        chance = rng.random()
        if chance < 0.04:
            person.do_not_disturb = "是"
        elif chance < 0.22:
            person.marketing = _pick(rng, ("否", ""))
    order = sorted(range(len(people)), key=lambda _: rng.random())
    shuffled = [people[i] for i in order]
    for number, person in enumerate(shuffled):
        person.member = f"HY{10001 + number}"
    return shuffled


def _person(rng: random.Random, phones: set[str]) -> _Person:
    is_female = rng.random() < 0.86
    phone = ""
    while not phone or phone in phones:
        phone = _pick(rng, MOBILE_PREFIXES) + "".join(_pick(rng, "0123456789") for _ in range(8))
    phones.add(phone)
    born = date(1965, 1, 1) + timedelta(days=_between(rng, 0, 42 * 365))
    return _Person(
        member="",
        name=_pick(rng, SURNAMES) + _pick(rng, FEMALE_NAMES if is_female else MALE_NAMES),
        gender="女" if is_female else "男",
        phone=_as_typed(rng, phone),
        birthday=_date_as_typed(rng, born) if rng.random() < 0.8 else "",
        store=_pick(rng, STORES),
    )


def _give_reasons_to_skip(people: list[_Person]) -> None:
    first_order, dormant = people[:FIRST_ORDER_DUE], people[FIRST_ORDER_DUE : FIRST_ORDER_DUE + DORMANT_DUE]
    for person in (*first_order[:2], *dormant[:3]):
        person.do_not_disturb = "是"
    for person in (first_order[2], *dormant[3:5]):
        person.phone = ""
    for person in dormant[5:7]:
        person.marketing = "否"


def _customer_rows(people: Sequence[_Person]) -> list[tuple[str, ...]]:
    rows = [person.row() for person in people]
    reachable = [person for person in people if person.phone and person.birthday]
    unborn = next(person for person in people if not person.birthday)
    extra = [
        # Duplicates: the same card twice, one that adds a birthday, the same phone without a card.
        reachable[40].row(),
        (unborn.member, unborn.name, "", "", "1991-06-18", "", "", ""),
        ("", reachable[120].name, "", _compact(reachable[120].phone), "", reachable[120].store, "", ""),
        (
            "",
            reachable[150].name,
            reachable[150].gender,
            "+86" + _compact(reachable[150].phone),
            "",
            "",
            "",
            "",
        ),
        (reachable[170].member, reachable[170].name, "", _compact(reachable[170].phone), "", "", "", ""),
        # Bad rows.
        ("HY20001", "钱多多", "女", "1381234", "1990-05-01", "万达店", "否", "是"),
        ("HY20002", "孔令仪", "女", "没有手机", "", "滨江店", "否", "是"),
        ("HY20003", "", "女", "13900008888", "1988-03-12", STORES[0], "否", "是"),
        ("HY20004", "严小冰", "女", "13800007777", "1992-13-40", "大学城店", "否", "是"),
        ("", "石磊", "男", "", "", "万达店", "否", ""),
        ("HY20006", "纪晓芸", "女", _compact(reachable[60].phone), "", STORES[0], "否", "是"),
    ]
    return rows + extra


# ---- orders


def _order_times(rng: random.Random, cohort: _Cohort) -> list[datetime]:
    count = _between(rng, *cohort.orders)
    if not count:
        return []
    low, high = cohort.last
    last = _between(rng, low, high)
    # At the ends of a due window the time of day keeps whole days and calendar days in agreement.
    hours = (9, 9) if last == low else (11, 20) if last == high else (9, 20)
    days = [last] + [_between(rng, last + 3, cohort.back) for _ in range(count - 1)]
    return sorted(_moment(rng, day, hours if day == last else (9, 20)) for day in days)


def _reach_exact_orders(rng: random.Random, people: Sequence[_Person]) -> None:
    """Add or take earlier orders of regular customers until there are ``ORDERS``; who is due stays."""
    regulars = [person for person in people if len(person.orders) >= 4]
    missing = ORDERS - sum(len(person.orders) for person in people)
    while missing:
        person = _pick(rng, regulars)
        if missing > 0:
            first, last = person.orders[0], person.orders[-1]
            days = (DEMO_DAY - first.date()).days, (DEMO_DAY - last.date()).days
            person.orders.insert(1, _moment(rng, _between(rng, days[1] + 1, days[0] - 1), (9, 20)))
            person.orders.sort()
            missing -= 1
        elif len(person.orders) > 4:
            del person.orders[1]
            missing += 1


def _order_rows(rng: random.Random, people: Sequence[_Person]) -> list[tuple[str, ...]]:
    orders = sorted((at, person.member, person) for person in people for at in person.orders)
    rows: list[tuple[str, ...]] = []
    for at, member, person in orders:
        product, category, yuan = _pick(rng, PRODUCTS)
        quantity = 1 if rng.random() < 0.78 else _between(rng, 2, 3)
        cents = yuan * 100 * quantity
        if rng.random() < 0.3:
            cents = cents * _pick(rng, (80, 85, 88, 90, 95)) // 100
        store = person.store if rng.random() < 0.9 else _pick(rng, STORES)
        number = f"DD{at:%y%m%d}{len(rows) + 1:04d}"
        rows.append((number, member, f"{at:%Y-%m-%d %H:%M}", _yuan(cents), product, category, str(quantity), store))  # fmt: skip
    extra = [
        rows[700],  # a line exported twice
        ("DD2600000001", "HY99999", "2026-08-01 12:30", "268.00", PRODUCTS[0][0], "精华", "1", "万达店"),
        ("DD2600000002", rows[300][1], "2026-02-30 15:00", "99.00", "补水面膜", "面膜", "1", "滨江店"),
        ("DD2600000003", rows[500][1], "2026-08-03 18:20", "面议", "焕亮护肤礼盒", "礼盒", "1", STORES[0]),
        ("", rows[900][1], "2026-08-05 11:05", "159.00", "豆沙色丝绒口红", "彩妆", "1", "万达店"),
    ]
    return rows + extra


# ---- small change


def _moment(rng: random.Random, days_ago: int, hours: tuple[int, int]) -> datetime:
    at = time(_between(rng, *hours), _between(rng, 0, 55))
    return datetime.combine(DEMO_DAY - timedelta(days=days_ago), at)


def _pick(rng: random.Random, choices: Sequence[_T]) -> _T:
    """One of ``choices``; by ``random()`` alone, whose sequence no Python version changes."""
    return choices[int(rng.random() * len(choices))]


def _between(rng: random.Random, low: int, high: int) -> int:
    return low + int(rng.random() * (high - low + 1))


def _compact(phone: str) -> str:
    return phone.replace(" ", "").replace("-", "").removeprefix("+86")


def _as_typed(rng: random.Random, phone: str) -> str:
    chance = rng.random()
    if chance < 0.06:
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    if chance < 0.10:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    return f"+86 {phone}" if chance < 0.12 else phone


def _date_as_typed(rng: random.Random, day: date) -> str:
    chance = rng.random()
    if chance < 0.1:
        return f"{day.year}/{day.month}/{day.day}"
    return f"{day.year}年{day.month}月{day.day}日" if chance < 0.15 else day.isoformat()


def _yuan(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}" if cents >= 100_000 else f"{cents // 100}.{cents % 100:02d}"


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    write_sample()
