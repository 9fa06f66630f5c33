"""Whether words have the shape of a question, whatever they are about.

The grammar knows the questions that every shop hears; a customer may ask anything.  What is shaped like a question
is looked up rather than taken for half an answer.
"""

from __future__ import annotations

import re

from huifang.logic.understanding.sounds import han

_SHAPE = re.compile(
    r"(?:吗|么)(?:啊|呀|呢)?$"
    r"|(.)不\1|可不可以|需不需要|有没有|有没得|能否|是否"
    r"|咋(?:用|办|弄|选|查|退|换|领|开|洗|放|算|走)"
    r"|怎(?:样|么)(?:才|能|可以)?|如何"
    r"|什么时候|啥时候|几时|多久|多长时间|多长|多大|多少|星期几|周几|几(?:点|天|号|次|个|片|瓶|滴|泵|岁|楼|月|年|块|折|种|分钟|小时|回|支|级|元|人|家)"
    r"|哪(?:里|儿|个|些|款|种|家|天|位|边|一)|在哪|什么(?!都|的$)|有啥|是啥|啥(?:成分|材质|颜色|活动)|谁"
    r"|[能会行退开收送卖修算贵招][^不]{0,3}不$"
)
_NO_QUESTION = re.compile(
    r"怎么[这那]么|怎么回事|怎么搞|怎么说|怎么会|怎么还|怎么又|怎么老|不怎么|什么态度|什么东西|什么玩意|什么破|什么垃圾|什么鬼|什么服务"
    r"|凭什么|为什么|干什么|干嘛|没什么|没有什么|没啥|说什么|什么意思|有什么[不好]|什么都|无所谓|随便|不知道|谁知道|谁让|说不清|不好说"
    r"|满不满意|满意不满意|几[分星]|多少(?:有点|都|会)|不管|了几|了多少|几[次天个遍趟]了|几个字|好几|几次都|等了|都几|几天了|几回了|多久了|多少[次遍回]了|算什么|像什么"
)
_HEARD_SHAPE = re.compile(
    r" ma $| (\w+) bu \1 | you mei you | ke bu ke yi | zen (?:me|yang) | ru he | shen me shi hou | duo (?:jiu|shao|chang) "
    r"| ji (?:dian|tian|hao|ci|ge|yue) | na (?:li|er|ge|xie|jia) "
)
_HEARD_NO_QUESTION = re.compile(
    r" man bu man | zen me (?:zhe|na|hui|gao|shuo|hai|you|lao) | wei shen me | shen me tai du "
)
_SHORTEST, _SHORTEST_HEARD = 4, 5


def asks(text: str, pinyin: tuple[str, ...] = ()) -> bool:
    """Whether somebody asks something that is not the question they answer; by the characters where known, else
    by the sounds."""
    words = han(text)
    if words:
        return len(words) >= _SHORTEST and bool(_SHAPE.search(words)) and not _NO_QUESTION.search(words)
    heard = f" {' '.join(pinyin)} "
    is_long = len(pinyin) >= _SHORTEST_HEARD
    return is_long and bool(_HEARD_SHAPE.search(heard)) and not _HEARD_NO_QUESTION.search(heard)
