"""Whether words can mean that somebody wants no more calls: they name the contact, and stop or deny it.  Pure.

A model of single words takes 「别再卖断货了」 for 「别再打来了」, and a refusal cannot be taken back by us.  So what
only a model says is believed where both stand there.
"""

from __future__ import annotations

import re

_CONTACT = re.compile(
    "电话|来电|致电|联系|联络|(?:骚扰|打扰|打搅)(?!了?[你您他她])|烦我|回访|拨|打(?:来|过来|进来|给我|了)|[再老又还]打(?![折车包开扫算])"
    "|名单|号码|手机号|信息|资料|退订|免打|推销|短信"
)
_STOP = re.compile("[别勿莫甭唔停删拒免]|不(?!错)|取消|拉黑|去掉|移除|退订|够了|少打|投诉|报警")
_WANTED = re.compile("(?<![别不])打?电话(?:通知|告诉|提醒)我|别忘|不要忘|打不通|^不打扰|不是你们")
_CONTACT_SOUNDS = (
    "dian hua", "lai dian", "lian xi", "sao rao", "da rao", "fan wo", "hui fang", "zai da", "da lai", "da guo lai", "da gei wo",
    "da le", "hao ma", "ming dan", "xin xi", "zi liao", "tui ding",
)  # fmt: skip
_STOP_SOUNDS = frozenset(("bie", "bu", "wu", "mo", "beng", "ting", "shan", "ju", "mian", "tui"))
_SOMETHING_ELSE = re.compile(
    "打(?:包|岔|断|车|卡|扫|印|烊|针|架|蜡|磨|孔|样|底|款|勾|分|赏|[一二三四五六七八九对半几]?折|发票)"
    "|取消[了掉]?(?:[我这那]个?的?)?(?:订单|单子|预约|预[订定]|座位|行程|报名)"
    "|(?:拒绝|推掉|退掉|拉黑|回绝)了?(?:他|她|人家|那)"
    "|^(?:那|嗯|好|我|[，,])*(?:以后|下次|回头|改天|过阵子)再(?:买|看|去|吃|用|定|约|考虑|办)(?:吧|了|呗|呢|[。！])*$"
)


def means_something_else(text: str) -> bool:
    """Whether no call is meant (别打包), nobody of ours (「拒绝了他的推销」), or the speaker takes leave (不打扰你工作了)."""
    return _SOMETHING_ELSE.search(text) is not None or _WANTED.search(text) is not None


def may_refuse(text: str, pinyin: tuple[str, ...]) -> bool:
    """Whether what was heard names a contact, and stops or denies something."""
    if text:
        return bool(_CONTACT.search(text) and _STOP.search(text) and not _WANTED.search(text))
    line = f" {' '.join(pinyin)} "
    return any(f" {sounds} " in line for sounds in _CONTACT_SOUNDS) and any(s in _STOP_SOUNDS for s in pinyin)
