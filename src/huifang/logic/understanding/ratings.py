"""The many ways to say how satisfied one is, built from degrees and words.

Canonical scores: 5 非常满意 · 4 满意 · 3 一般 · 2 不满意 · 1 非常不满意.
"""

from __future__ import annotations

from collections.abc import Iterator

from huifang.logic.understanding.sounds import words

_VERY = words(
    "非常 特别 超级 超 十分 太 极其 相当 最 很 真的很 真是太 实在太 百分百 完全 都很 都非常 确实很 特 顶 简直 贼 极度 那是相当 真心 老 忒 巨 倍儿 可 特特 那叫一个 百分之百 百分之百的 百分百的 非常之 十二分 打心眼里 格外 尤其 无比 无敌 异常 超级无敌 实在是太 太太 超超级 蛮非常"
)
_RATHER = words(
    "挺 蛮 还挺 怪 还是挺 还是蛮 还是很比较 较为 大体上 大致 总的 总体上 总体还 整体上 整体还 基本还 感觉还 还算比较 算比较 算蛮 也还 也挺 也蛮 还蛮 比较 还算 还比较 基本 基本上 总体 总的来说 整体 大体 都挺 算是 感觉挺"
)
_LITTLE = words(
    "不 不太 不大 不怎么 不是很 不是太 不是特别 不是非常 不够 没有很 没那么 不那么 有点不 有些不 不算 谈不上 说不上"
)
_LITTLE += words(
    "算不上 并不 不咋 不见得 称不上 没多 没有多 不是那么 都不 稍微有点不 略微不 一点点不 挺不 蛮不 比较不"
)
_NOT_AT_ALL = words(
    "非常不 特别不 很不 十分不 极其不 超级不 超不 太不 相当不 一点都不 一点也不 完全不 根本不 最不 实在不"
)
_NOT_AT_ALL += words(
    "压根不 压根儿不 压根就不 根本就不 完全就不 绝对地不 真是太不 实在太不 实在是太不 老不 忒不 真不 真是不 真的不 完完全全不 从来都不 那叫一个不 相当的不 一丁点都不 一点儿都不 一点儿也不 半点都不 半点也不 真的很不 非常非常不 绝对不 一万个不 丝毫不 极度不"
)
_BAD_VERY = words(
    "老 忒 贼 巨 真是太 真的太 实在 实在是 实在是太 真是 真的 十分 超 超级无敌 那叫一个 太太 这么 那么 如此 相当之 异常 太让人 真让人 很让人 令人 太令人 让人 简直让人 非常 特别 超级 太 极其 相当 最 很 真的很 真是太 实在太 简直太 真"
)
_BAD_RATHER = words("有点 有些 比较 稍微有点 挺 蛮 略")

_EXTREMES = words(
    "极了 得很 得不得了 得不行 得要命 到极点 得没话说 得一塌糊涂 得没边 惨了 爆了 到爆 炸了 死了"
)
_PRAISED = words("满意 喜欢 好 理想 愉快 棒 赞 好用 中意 巴适 安逸 得劲 称心")
_BLAMED = words("差 差劲 糟糕 糟 烂 失望 恶心 难用 离谱 不像话 垃圾 恶劣 差火 拉胯")

PLAIN = {
    5: "满分 五星好评 好评 给好评 打满分 完美 没得说 没话说 挑不出毛病 无可挑剔 好极了 好得很 好得不得了 太赞了 赞 点赞 点个赞 给你们点个赞 一级棒 服务一级棒 给力 很给力 "
    "超出预期 超预期 满意极了 满意得很 满意爆了 满意到家 棒极了 顶级 一流 优 优秀 很优秀 极好 好极 棒 挺棒 几好 贼拉好 嘎嘎好 第一名 没挑 好评如潮 绝了 绝绝子 牛 牛的 很牛 很可 特别可以 太可以了 太可以 好得没话说 百分百满意 没得话说 没话讲 没得讲 好得板 巴适惨了 攒劲 嗲 灵光 老灵了 老嗲了 特别好非常好 超赞 真不错 非常不错 特别不错 相当不错 太棒了 顶呱呱 杠杠的 最高分 最高 没得挑 没的挑 满意得不得了 喜欢得不得了 爱了爱了 超爱 超爱你们家",
    4: "满意 满意的 满意吧 不错 很不错 挺不错 还不错 蛮不错 不错的 感觉不错 没毛病 没什么问题 没问题都好 没有不满意 没什么不满意 没啥不满意 "
    "不差 还不赖 不赖 可以的挺好 喜欢 挺喜欢 挺好 都挺好 都好 很可以 没什么不好 还是满意 还是不错 挺可以 蛮可以 挺行 没啥意见 没意见 还蛮可以 满意呀 良好 良 中等偏上 一般偏上 中上 偏好 挺中的 中意 巴适 安逸 得劲 舒心 称心 靠谱 挺靠谱 很靠谱 到位 很到位 挺到位 周到 很周到 可好了 好着呢 好着嘞 好咧 蛮灵 没啥不满 没有什么不满 没啥可挑的 没得什么问题 没什么好挑的 没什么可挑剔",
    3: "一般 一般般 一般吧 很一般 比较一般 挺一般 还行 还行吧 还可以 还可以吧 还好 还好吧 凑合 凑合吧 凑合着用 马马虎虎 普通 普普通通 很普通 "
    "就那样 就那样吧 也就那样 就那么回事 中等 中规中矩 不好不坏 不好也不坏 说不上好坏 没什么感觉 没啥感觉 不算好也不算坏 谈不上好坏 没感觉 过得去 还过得去 将就 可以吧 "
    "谈不上满意不满意 中评 还凑合 平平 平平无奇 一般性 中间 中不溜 半斤八两 说得过去 马虎 也还行 勉强 勉强可以 勉强还行 没什么特别 还成 还成吧 凑凑合合 勉勉强强 平平常常 平常 不咸不淡 不温不火 不高不低 不好不赖 不上不下 还阔以 一般化 还中 合格 过关 麻麻地 马马地 普通水准 大众水平 正常 正常水平 正常吧 及格 刚及格 及格水平 还算可以 还算行 还算过得去 马马虎虎将就 "
    "说不上好也说不上坏 说不上好说不上坏 说不上满意也说不上不满意 谈不上好谈不上坏 谈不上好也谈不上坏 没有好也没有坏 不算满意也不算不满意 有好有坏 好坏参半 一半一半 时好时坏 差不多吧 凑乎 凑乎吧 将将就就 过得去吧 就那么回事儿 就那么着 还那样 也就一般 也就还行",
    2: "不好 不太行 不行 不太好 不怎么样 不咋样 不咋地 不咋的 差了点 不尽人意 不尽如人意 差强人意吧 不算好 差点意思 有待改进 没什么好的 不太理想 没达到预期 没有想象中好 "
    "低于预期 不如以前 有点差 不大行 不够好 需要改进 差强人意不太行 还差得远 不太可以 不值 不得行 不咋个 不怎么地 不咋好 不咋满意 不中 不灵 不灵光 不得劲 不巴适 不安逸 不称心 不如意 不合适 不太合适 不合格 中等偏下 一般偏下 中下 偏差 挺赖 挺赖的 失败 很失败 欠佳 差强人意 不达标 不及格 没以前好 跟以前比差远了 大不如前 一言难尽 跟想的不一样 跟我想的不一样 "
    "有待提高 有待加强 不如预期 差着呢 差了点意思 不太灵 次 太次 很次 不给力 不是很好 不是很行",
    1: "差评 给差评 打差评 垃圾 太垃圾 烂透了 差极了 差得很 糟透了 糟透了简直 差到极点 失望透顶 最低分 一塌糊涂 不能再差 最差 极差 差得要命 "
    "坑死了 太坑了 太坑人了 真坑 很坑 坑得很 坑爹 后悔死了 满意个屁 好个屁 好个鬼 再也不来了 不会再来了 从来没这么差 完全不行 根本不行 一点都不行 差到家了 烂到家了 差得要死 差死了 简直垃圾 垃圾得很 垃圾中的垃圾 烂得要命 烂得要死 差劲到家 差劲透了 差到没边 差到爆 太让人失望 太令人失望 让人失望透顶 失望到极点 失望透了 从来没这么不满意过 从没这么不满意 不满意到极点 不满意极了 差得一塌糊涂 差得没法说 差得离谱 没眼看 骂人的心都有 一百个不满意 负分 坏透了 很坏 极坏 太坏了 烂得很 糟得很 一分都不想给 一分都不给",
}
_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}


def rating_phrases() -> Iterator[tuple[int, str]]:
    """Every known phrase with its score; the same phrase comes once."""
    seen: set[str] = set()
    for score, phrase in _all():
        if phrase not in seen:
            seen.add(phrase)
            yield score, phrase


def point_phrases() -> Iterator[tuple[int, str]]:
    """Scores said as numbers: 打四分, 五颗星."""
    for number, score in _NUMBERS.items():
        for form in (
            "{}分",
            "打{}分",
            "给{}分",
            "评{}分",
            "我给{}分",
            "打个{}分",
            "给个{}分",
            "{}颗星",
            "{}星",
            "{}分吧",
        ):
            yield score, form.format(number)


def digit_phrases() -> Iterator[tuple[str, str]]:
    """Bare digits and keys said aloud; ambiguous between a key and a score."""
    names = dict(zip("一二三四五六七八九", "123456789", strict=True)) | {"幺": "1"}
    for name, digit in names.items():
        for form in ("{}", "选{}", "按{}", "第{}个", "{}号", "选第{}个", "选{}号"):
            yield digit, form.format(name)


def _all() -> Iterator[tuple[int, str]]:
    for score, phrases in PLAIN.items():
        for phrase in words(phrases):
            yield score, phrase
    for word in _PRAISED:
        for score, degrees in ((5, _VERY), (4, _RATHER), (2, _LITTLE), (1, _NOT_AT_ALL)):
            for degree in degrees:
                yield score, degree + word
        yield from ((5, f"{degree}的{word}") for degree in _VERY if len(degree) > 1 and degree[-1] != "的")
        yield from ((1, f"{degree[:-1]}的不{word}") for degree in _NOT_AT_ALL if len(degree) == 3)
        for extreme in _EXTREMES:
            yield 5, word + extreme
    for word in _BLAMED:
        yield (1 if word in ("恶心", "不像话", "离谱") else 2), word
        for extreme in (*_EXTREMES, "死了", "透了", "到极点"):
            yield 1, word + extreme
        for score, degrees in ((1, _BAD_VERY), (2, _BAD_RATHER)):
            for degree in degrees:
                yield score, degree + word
