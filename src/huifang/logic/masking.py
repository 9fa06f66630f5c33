"""What must not leave the machine with a customer's words: telephone and other numbers, names, addresses of e-mail.

Pure.  Used before words go to a language model elsewhere; what stands for them keeps the sentence readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER, NAME, ADDRESS = "[号码]", "[姓名]", "[邮箱]"

_MAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PAUSE = r"[\s\-—－.,，、。]?"  # digits are written and said in groups
_FIGURES = re.compile(rf"\+?[0-9０-９](?:{_PAUSE}[0-9０-９]){{4,}}[xXｘＸ]?")
_SPOKEN = re.compile(rf"[零〇一二三四五六七八九幺](?:{_PAUSE}[零〇一二三四五六七八九幺]){{6,}}")
# The surnames of nine in ten; of the others the customer's own is known.  Source: 公安部《二〇二〇年全国姓名报告》.
_SURNAME = (
    "(?:欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤])"
)
_CALLED = re.compile(
    rf"(我叫|我是|名字叫|名字是|我姓|免贵姓|叫做|联系人是?|收货人是?|本人){_SURNAME}[\u4e00-\u9fff]{{0,2}}?(?=[,，。.!！?？;；\s]|的|啊|呀|$|电话|手机|号)"
)
_TITLED = re.compile(
    rf"{_SURNAME}[\u4e00-\u9fff]{{0,2}}?(?=先生|女士|小姐|太太|阿姨|叔叔|老师|经理|店长|师傅)"
)


def masked(words: str, names: Iterable[str] = ()) -> str:
    """``words`` without numbers of five digits or more, mail addresses and names.

    :param names: those that are known to belong to the customer
    """
    out = _SPOKEN.sub(NUMBER, _FIGURES.sub(NUMBER, _MAIL.sub(ADDRESS, words)))
    for name in sorted({n.strip() for n in names if len(n.strip()) >= 2}, key=len, reverse=True):
        out = out.replace(name, NAME)
    return _TITLED.sub(NAME, _CALLED.sub(lambda m: m[1] + NAME, out))
