"""What kind of answer a question wants, and which kinds a text can give."""

from __future__ import annotations

import re

_NUMBER = r"[0-9〇零一二两三四五六七八九十百千万几半]"
_UNIT = r"个?(?:多)?(?:工作日|小时|钟头|分钟|星期|礼拜|天|周|年|月|秒|日内|晚)"

_ASKED = {
    "price": r"多少钱|几多钱|什么价|啥价|价格|价位|价钱|贵不贵|贵吗|怎么卖|咋卖|怎么收|收多少|收费|收钱|要钱|加钱|给钱|花钱|几块|几百|几千|费用|怎么算钱"
    r"|多少一|免费|扣多少|扣钱|交多少|付多少|便宜多少|加多少|值多少|值几个钱|折多少|多少押金|要多少$|花多少",
    "when": r"什么时候|啥时候|几时|几点|哪天|哪一天|几号|星期几|周几|礼拜几|何时|什么时间|哪个月|几月|什么日子|(?<!用)多会儿",
    "span": r"多久|多长时间|几天|多少天|几个?小时|几个?钟头|几年|多少年|几个月|几周|几个?星期|几分钟|几个?工作日|等多长|隔几|来得及",
    "count": r"几个|几次|几位|几人|几回|几片|几粒|几滴|几泵|几寸|几层|多少(?!钱|一|天|年)|多大|几岁|几节|几折|多重|多远|多高|几级|第几",
    "where": r"哪里|哪儿|在哪|什么地方|啥地方|几楼|怎么走|咋走|怎么去|怎么过去|地址|位置",
    "how": r"怎么(?!样|办|回事|收|卖|走|去|过去|算钱)|咋(?!样|办|回事|走|卖)|如何|怎样|流程|步骤|方法",
    "which": r"哪种|哪款|哪个|哪些|哪一|选哪|推荐|什么牌子|哪家|什么样|哪几|有哪|有什么|有啥|什么项目",
    "may": r"能不能|可不可以|可以.{0,8}[吗么不]|能.{0,8}[吗么不]$|行不行|行吗|能否|是否|.不.$|让不让|允许",
    "trouble": r"怎么办|咋办|咋回事|怎么回事|正常吗|正常不|要紧|是不是坏|咋整|怎么处理|怎么解决",
    "who": r"谁|哪位|什么人",
}
_GIVEN = {
    "price": r"元|块|钱|免费|收费|费用|不收|另收|折|押金|定金|原价|半价|满.{1,5}[减送免]|免息|保底|付费",
    "when": rf"{_NUMBER}点|{_NUMBER}[月号日](?!内|常)|周[一二三四五六日末]|星期|每天|每月|每年|当天|次日|第二天|早上|上午|中午|下午|晚上|年底|工作日|节假日|随时|提前|之后|以后|全天",
    "span": rf"{_NUMBER}+{_UNIT}|当天|次日|当场|随时|立即|马上|立刻|长期|终身|终生|永久",
    "count": rf"{_NUMBER}+(?!.?定)",
    "where": r"楼|层|路|街|号口|广场|商场|前台|门店|店里|小程序|公众号|官网|平台|大厅|营业厅|地下|旁边|对面|附近|网点|应用|手机|到店|里面|柜台|处",
}
_HEARD = {
    "price": r"duo shao qian|ji kuai|shen me jia|jia ge|gui bu gui|zen me mai|shou fei|shou qian|yao qian|mian fei",
    "when": r"shen me shi hou|sha shi hou|ji dian|na tian|ji hao|zhou ji",
    "span": r"duo jiu|duo chang shi jian|ji tian|duo shao tian|ji ge yue|ji nian|ge (?:xiao shi|zhong tou)",
    "where": r"na li|na er|zai na|shen me di fang|sha di fang|ji lou|di zhi|zen me zou",
    "how": r"zen me(?! yang)|za (?:yong|nong|ban)|ru he",
    "which": r"na zhong|na kuan|na xie|na ge",
    "may": r"neng bu neng|ke bu ke yi|ke yi .* ma|neng .* ma|xing bu xing|xing ma",
    "trouble": r"zen me ban|za ban|zen me hui shi|za hui shi",
}
_ASKED_RE = {kind: re.compile(pattern) for kind, pattern in _ASKED.items()}
_HEARD_RE = {kind: re.compile(rf"(?:^| )(?:{pattern})(?: |$)") for kind, pattern in _HEARD.items()}
_GIVEN_RE = {kind: re.compile(pattern) for kind, pattern in _GIVEN.items()}

PLAIN = frozenset(_GIVEN)
"""Kinds of which one can see whether a text gives them."""


def kinds_asked(question: str) -> frozenset[str]:
    """The kinds of answer that ``question`` wants: price, when, span …"""
    return frozenset(kind for kind, pattern in _ASKED_RE.items() if pattern.search(question))


def kinds_heard(sounds: str) -> frozenset[str]:
    """The same of toneless syllables, with a blank between two."""
    return frozenset(kind for kind, pattern in _HEARD_RE.items() if pattern.search(sounds))


def kinds_given(answer: str) -> frozenset[str]:
    """The kinds of answer that ``answer`` can give, of those in ``PLAIN``."""
    return frozenset(kind for kind, pattern in _GIVEN_RE.items() if pattern.search(answer))
