"""The labels of every task, and what else people call them in their files."""

from __future__ import annotations

from collections.abc import Mapping

from huifang.logic.understanding import Intent

CATEGORIES = ("quality", "logistics", "service", "price", "environment", "after_sales", "usage", "other")
EMOTIONS = ("calm", "angry", "disappointed", "anxious", "doubtful", "pleased")
LABELS: dict[str, tuple[str, ...]] = {
    "polarity": ("positive", "negative"),
    "intent": tuple(i.value for i in Intent if i not in (Intent.CHOICE, Intent.UNCLEAR)),
    "category": CATEGORIES,
    "emotion": EMOTIONS,
    "rating": ("1", "2", "3", "4", "5"),
}
"""What the column label of each task may hold."""

_ALSO: dict[str, dict[str, str]] = {
    "polarity": {
        "positive": "pos 正面 正向 正 积极 好评 褒",
        "negative": "neg 负面 负向 负 消极 差评 贬",
    },
    "intent": {
        "rating": "评分 打分",
        "digit": "数字",
        "yes": "肯定 是",
        "no": "否定 否",
        "refusal": "拒绝 拒访 免打扰",
        "decline": "婉拒 不需要",
        "busy": "忙 在忙 不方便",
        "callback": "回拨 约时间 稍后再打",
        "wrong_number": "打错 打错了 非本人",
        "third_party": "代接 他人接听",
        "pass_on": "转告",
        "human": "转人工 人工",
        "robot": "机器人 问是否机器人",
        "who": "问身份 问来电",
        "question": "提问 咨询 询问",
        "hold": "稍等",
        "unsure": "不确定 不知道",
        "already": "已答 已处理",
        "repeat": "重复 没听清",
        "undo": "撤销 更正",
        "goodbye": "再见 告别",
        "complaint": "投诉 抱怨",
        "interest": "意向 感兴趣",
        "free": "自由回答 闲聊",
    },
    "category": {
        "quality": "质量",
        "logistics": "物流",
        "service": "服务态度 服务",
        "price": "价格",
        "environment": "门店环境 环境",
        "after_sales": "售后",
        "usage": "使用方法 使用",
        "other": "其他 其它",
    },
    "emotion": {
        "calm": "平静 中性",
        "angry": "愤怒 生气",
        "disappointed": "失望",
        "anxious": "焦虑 着急",
        "doubtful": "怀疑 质疑",
        "pleased": "高兴 满意 开心",
    },
    "rating": {str(score): f"{score}分 {score}星" for score in range(1, 6)},
}
_COLLECTIONS = {"1": "positive", "0": "negative"}
"""How public collections of reviews write polarity; in a file of any task, 1 is a rating."""


def names_of(task: str) -> Mapping[str, str]:
    """Label by every name for it, in small letters."""
    named = {label: label for label in LABELS[task]}
    for label, names in _ALSO[task].items():
        named |= dict.fromkeys(names.split(), label)
    return named | _COLLECTIONS if task == "polarity" else named


def every_name() -> Mapping[str, str]:
    """Label by every name for it that belongs to one task alone."""
    named: dict[str, str] = {}
    for task in reversed(LABELS):
        named |= {name: label for name, label in names_of(task).items() if name not in _COLLECTIONS}
    return named | {label: label for label in LABELS["rating"]}
