"""How a Chinese customer is spoken to on the phone."""

from __future__ import annotations

COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "太史",
        "端木",
        "上官",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "夏侯",
        "诸葛",
        "尉迟",
        "皇甫",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "司徒",
        "司空",
        "轩辕",
        "百里",
        "呼延",
        "东郭",
        "西门",
        "南门",
        "澹台",
        "公冶",
        "宗政",
        "濮阳",
        "淳于",
        "单于",
        "申屠",
        "仲孙",
        "钟离",
        "闻人",
        "赫连",
        "拓跋",
        "完颜",
        "纳兰",
        "第五",
        "梁丘",
        "左丘",
        "谷梁",
        "端木",
    ]
)
_TITLES = {"female": "女士", "male": "先生"}


def salutation(name: str, gender: str) -> str:
    """李女士, 王先生, 欧阳女士; the full name where the gender is unknown or the name is not Chinese;
    ``""`` where there is no name (the greeting is then a plain 您好); what has digits or stars in it
    (来电 138****5678, 会员1024) is a stopgap that nobody is called by.

    ``gender`` is ``female``, ``male`` or empty.
    """
    name = "".join(name.split()) if _is_chinese("".join(name.split())) else " ".join(name.split())
    if any(character.isdigit() or character == "*" for character in name):
        return ""
    title = _TITLES.get(gender)
    if not title or not _is_chinese(name) or not 2 <= len(name) <= 4:
        return name
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]
    return surname + title


def _is_chinese(name: str) -> bool:
    return bool(name) and all("\u4e00" <= character <= "\u9fff" for character in name)
