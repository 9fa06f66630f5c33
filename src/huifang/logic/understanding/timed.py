"""Whether somebody names a time to call and says hardly anything else: 「明天上午十点」, 「过二十分钟吧」."""

from __future__ import annotations

import re

from huifang.logic.understanding.lexicon import CARRIED_WITH_TIME, LONGEST_CARRIER
from huifang.logic.understanding.moment import moment, spans
from huifang.logic.understanding.sounds import syllables, words

_WITH_CLOCK, _WITHOUT = 5, 1  # syllables that may be left over: 后天早上八点，〈我起得早〉
_CALLED = 8
_PAST = words(
    "上次 上回 上周 上个 那天 昨天 昨晚 前天 刚才 当时 去过 来过 去的 来的 买的 下单 发货 到货 收到 到的 送到 送来 取的 就去 会去 过去一趟 去店里 到店 来店 "
    "来一趟 去取 来取 去拿 来拿 续费 上课 退的 修的 到账 打过 打了 没打 打来过 约好 说好 预约了 几点 过期 到期 保质 生效 有效"
)
_CALL = re.compile(
    r"\b(?:da|bo|hui dian|lai dian|lian xi|lian luo|zhao wo|zai shuo|zai liao|zai jiang|zai tan|tong zhi)\b"
)
_A_LITTLE = re.compile(r"\byi dian(?! (?:zhong|ban|duo|da|zai|yi hou|zuo you))\b")  # 一点 is a little, too
_OF_TIME = frozenset("点天日号周拜期午晚早朝晨夜月钟时刻饭班工末底节旦秋年夕庆诞宵")
_HOLIDAY = re.compile("清明|五一|六一|双十[一二]|十一(?:以|之|过|假|长)")
_DEED = re.compile(
    "[去来吃买做练排花走送约课灯住]|等了|等到|到的|到了|一般|平时|经常|每[天周月次]|要[一二两三四五六七八九十半几]|有人|开的|开门|营业"
)
"""What happens at a time that is no time to call: 晚上去吃的."""
_PAST_SOUNDS = tuple(f" {' '.join(syllables(word))} " for word in _PAST)


def moment_in(sounds: tuple[str, ...], characters: str) -> str:
    """The moment that is named, see ``moment.py``; none whose characters have nothing of a time in them: 催一下物流 and
    过安检 only sound like 下午 and 晚间."""
    form = moment(sounds)
    is_holiday = _HOLIDAY.search(characters) is not None
    is_spelt = not characters or is_holiday or any(characters[n] in _OF_TIME for n in spans(sounds))
    return form if is_spelt else ""


def names_only_time(sounds: tuple[str, ...], characters: str) -> bool:
    """Whether the words name a moment to come and are about nothing but it.

    :param characters: one for each sound, or "" where only sounds are known
    """
    if characters and _OF_TIME.isdisjoint(characters) and not _HOLIDAY.search(characters):
        return False
    form, timed = moment_in(sounds, characters), spans(sounds)
    if not form or form.startswith("never") or (_A_LITTLE.search(" ".join(sounds)) and len(timed) <= 2):
        return False
    line = f" {' '.join(sounds)} "
    past = any(word in characters for word in _PAST) or any(
        sound in line for sound in _PAST_SOUNDS if not characters
    )
    is_called = _CALL.search(line) is not None
    if past or (not is_called and _DEED.search(characters)):
        return False
    most = _CALLED if is_called else _WITH_CLOCK if "dian" in (sounds[n] for n in timed) else _WITHOUT
    return _unexplained(sounds, timed) <= most


def _unexplained(sounds: tuple[str, ...], timed: frozenset[int]) -> int:
    """How many syllables are no time and no words around one."""
    count = at = 0
    while at < len(sounds):
        size = next((n for n in range(LONGEST_CARRIER, 0, -1) if sounds[at : at + n] in CARRIED_WITH_TIME), 0)
        count += not size and at not in timed
        at += max(size, 1)
    return count
