"""关键意见汇总: what many customers say in answer to open questions, counted by what it is about.

An answer is cut into clauses; clauses about the same thing with the same word of judgement (物流太慢,
快递好慢啊) are one opinion, shown in the words that occur most.  Whether it praises is the clause's own word to say, and the
whole answer's only where the clause has none: 物流很快，就是质量差 holds one of each.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

_STOPS = re.compile(r"[，,。.！!？?；;、~～…\s]+|但是|不过|而且|然后|就是说")
_FILLERS = re.compile(
    r"^(?:嗯|呃|额|啊|哦|那个|这个|就是|我觉得|觉得|感觉|其实|主要是|反正|说实话|有点儿?|你们家?的?|我)+|[啊吧呢了哈呀哦嘛的吗]+$"
)
_SUBJECTS = {
    "logistics": "物流 快递 发货 送货 配送 送餐 外卖员 骑手 包装 到货 送到",
    "service": "态度 服务 店员 导购 客服 服务员 前台 店长 老板 教练 老师 接待 理我 推销",
    "price": "价格 价钱 贵 便宜 收费 费用 优惠 打折 涨价 降价 学费",
    "environment": "环境 卫生 房间 装修 厕所 停车 座位 隔音 空调 位置 更衣",
    "after_sales": "售后 退款 退货 换货 维修 保修 退钱 赔",
    "usage": "说明书 操作 安装 不会用 怎么用 软件 小程序 设置",
    "quality": "质量 味道 口感 做工 效果 面料 尺码 颜色 过敏 掉色 东西 衣服 鞋",
}
_JUDGEMENTS = {
    word: good
    for good, words in (
        (False, "难吃 不新鲜 没效果 不耐烦 不好 不行 不给"),
        (True, "好吃 效果好 不错 新鲜"),
        (
            False,
            "过敏 掉色 起球 磨脚 磨 坏 破 漏 假 慢 贵 脏 吵 挤 冷淡 没人 推销 敷衍 拖 难用 复杂 差 小 少 咸 凉 旧",
        ),
        (True, "快 便宜 实惠 划算 干净 安静 热情 耐心 舒服 合身 好用 简单 好"),
    )
    for word in words.split()
}
"""Words of judgement and whether they praise; the first that a clause holds is its own."""
_DENIES = re.compile(r"(?:不|没|没有|不太|不够|不算|不怎么|没那么|不是很|毫不)$")
_LONGEST, _SHORTEST = 16, 2


@dataclass(frozen=True, slots=True)
class Said:
    """An open answer with what understanding made of it."""

    text: str
    category: str
    polarity: float | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What ``count`` answers say, in one customer's words.  ``good``: praise."""

    category: str
    phrase: str
    count: int
    good: bool


def key_opinions(answers: Iterable[Said], most: int = 8) -> list[Opinion]:
    """The opinions that the most answers share, the most frequent first; one answer counts once for each."""
    words: dict[tuple[str, bool, str], Counter[str]] = defaultdict(Counter)
    for answer in answers:
        found = {}
        for clause in _clauses(answer.text):
            category = _category(clause) or answer.category
            judgement, good = _judgement(clause)
            if good is None and answer.polarity is not None:
                good = answer.polarity > 0
            if category and good is not None:
                found[category, good, judgement or clause] = clause
        for key, clause in found.items():
            words[key][clause] += 1
    opinions = [
        Opinion(category, _commonest(clauses), clauses.total(), good)
        for (category, good, _), clauses in words.items()
    ]
    return sorted(opinions, key=lambda o: (-o.count, o.good, o.category, o.phrase))[:most]


def _clauses(text: str) -> Iterable[str]:
    for piece in _STOPS.split(text):
        clause = _FILLERS.sub("", piece)
        if _SHORTEST <= len(clause) <= _LONGEST:
            yield clause


def _category(clause: str) -> str:
    for category, subjects in _SUBJECTS.items():
        if any(subject in clause for subject in subjects.split()):
            return category
    return ""


def _judgement(clause: str) -> tuple[str, bool | None]:
    """The word that judges in ``clause``, with a 不 where it is denied, and whether that praises; None: nothing judges."""
    for word, good in _JUDGEMENTS.items():
        before, found, _ = clause.partition(word)
        if found:
            return (f"不{word}", not good) if _DENIES.search(before) else (word, good)
    return "", None


def _commonest(clauses: Counter[str]) -> str:
    return min(clauses, key=lambda clause: (-clauses[clause], len(clause), clause))
