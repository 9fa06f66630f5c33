"""The words of a judgement by what they do in it; ``verdict.py`` puts them together.

Every class has one letter.  A word of several syllables stands for what it means as a whole, so 不错 is good and no
negation, and 不太 is one negation and no 太.
"""

from __future__ import annotations

from functools import lru_cache

from huifang.logic.understanding.phrases import CARRIERS
from huifang.logic.understanding.ratings import PLAIN
from huifang.logic.understanding.sounds import syllables, words

GOOD, BAD, FAIR, SO_SO = "g", "b", "k", "3"
VERY, RATHER, BEYOND = "V", "R", "S"
NOT, HARDLY, HOW = "N", "H", "Y"
LINK, EXTREMELY, SCORN, NOT_AFTER = "l", "J", "Z", "q"
THAN, EARLIER, WORSE = "P", "O", "W"
BUT, CORRECTED, FILLER, OTHER = "T", "C", "f", "x"
JUDGES = frozenset("gbk12345")
"""A judgement, good, bad or only fair; or a whole one by its score, which carries its degree in it."""

_CLASSES = {
    GOOD: "满意 喜欢 好 好多了 理想 愉快 棒 赞 好用 中意 巴适 安逸 得劲 称心 如意 舒心 舒服 开心 高兴 靠谱 到位 周到 贴心 认可 优秀 "
    "灵光 灵 嗲 攒劲 牛 给力 合意 称意 可心 省心 放心 暖心 惬意 欢喜 过瘾 出色 不错 不赖 满足 顺心 细心 专业 热情 耐心",
    # Good enough: alone a shrug, with a degree praise.
    FAIR: "可以 行 中 成 阔以 过关",
    BAD: "不满意 差 差劲 糟糕 糟 烂 失望 难用 垃圾 恶劣 差火 拉胯 闹心 窝心 堵心 憋屈 憋气 寒心 不满 坏 次 "
    "赖 难受 后悔 遗憾 郁闷 扫兴 心塞 差评 孬 拉垮 敷衍 一言难尽 差点意思 无良 坏透 劣质 灾难 噩梦 提升空间 有待提升",
    VERY: "非常 特别 超级 超 十分 太 极其 极 相当 最 很 真的很 真是太 实在太 百分百 完全 绝对 绝对是 简直 简直是 贼 极度 真心 老 忒 巨 倍儿 "
    "倍 可 那叫一个 那叫 格外 尤其 无比 异常 嘎嘎 顶 好生 死 蛮非常 不是一般 何等 多么 一万个 一百个 一千个 打心眼里 确实很 实在是太 "
    "实在 真 真是 十二分 百分之百 百分之一百 从头到尾 哪儿哪儿都 哪哪都 处处 样样 样样都 "
    "一点都 一点也 一点儿都 一点儿也 一丁点都 半点都 半点也 完全 根本 根本就 压根 压根就 压根儿 从来都 从来 绝对 丝毫 毫 全然 怎么都 哪都 死活 "
    "彻底 一丝一毫都 一万个 一百个 真是 实在",
    RATHER: "挺 蛮 还挺 怪 比较 较 较为 还算 算是 算 还是 基本 基本上 大体上 大体 大致 总体 总的来说 整体 总体上 还 也 倒是 倒 都 蛮还 颇 颇为 "
    "还是挺 还是蛮 尚 尚算 应该算 勉强算 "
    "有点 有点儿 有些 稍微 稍微有点 略 略微 多少 多少有点 一点点",
    BEYOND: "不能再 没法再 不要太 不要不要的 要多 有多 别提多 别提有多 不是一般的 不是一般地 何止 何止是 岂止 岂止是 从来没这么 从来没有这么 从没这么 从没有这么 "
    "从未如此 从来没有过这么 头一次这么 第一次这么 没这么 说不出的 再 没有更 没有比这更 没有比你们更 没有比这还 没见过这么 没有谁比你们 没有比这家更 没遇到过这么",
    NOT: "不 没 没有 不是 并不 并没有 并没 并非 从不 未 木有 没得 莫得 毫无 无 勿 弗 唔 冇 没什么 没啥 没得啥 没得啥子 没有什么 没有啥 没有任何 没有哪里 没哪里 "
    "哪有什么 没的 没有半点 没一点 没有一点 不会 不可能 没让 没能 没能够 不能 没法 没办法 没有让 未能 无法 难以 难 不再 不令 不叫人 没有觉得哪里 没觉得哪里 没感觉哪里",
    HARDLY: "不太 不大 不怎么 不咋 不咋个 不很 不够 不算 不是很 不是太 不是那么 不那么 没那么 没多 没有多 没有那么 没有很 谈不上 谈不上有多 说不上 称不上 算不上 够不上 不见得 不觉得 "
    "没觉得 没感觉 不敢说 不能说 不能算 没法说 不至于 至于 不是多 不多 没怎么 没太 不是特别 不是非常 没有特别 没有非常 不是十分 不甚 不尽 不尽人 没咋 不大让人 不太令人 "
    "不太让人 远远不够 不特别 不十分 不非常 不敢恭维 不觉得有 没有想象中 没有想象的 没想象中 没想象的 没我想的 没有我想的 没有预期的 没预期的 没有预想的 还不够 不太能 还谈不上",
    HOW: "哪里 哪儿 哪里会 哪会 有什么 有啥 有啥子 怎么可能 怎么会 怎么能 谁会 难道 凭什么 哪能 叫我怎么 让我怎么 还能 能有多 有哪里 哪点 哪一点 哪门子 怎么",
    LINK: "让 令 使 叫 人 我 大家 有 是 那么 这么 觉得 感觉 感到 得 的 地 会 能 算 说 什么 啥 多 对 个 上 达到 到 心里 用户 顾客 客户 咱 咱们 过 特别 就是 啥子",
    EXTREMELY: "极了 得很 得不得了 得不行 得要命 到极点 惨了 爆了 到爆 炸了 死了 透了 透顶 至极 到家 到家了 到底 到底了 坏了 得板 到不行 到不得了 太多 太多了 上天 得不要不要的 爆 "
    "得不要 疯了 翻了 的很 的不得了 的不行 的要命 之极 的一批 得一批 得一匹 哭了 麻了 绝了",
    SCORN: "个鬼 个屁 个头 个毛 个锤子 才怪 才怪呢 什么呀 个啥 个球 个铲铲",
    NOT_AFTER: "不起来 不到哪去 不到哪里去 不到哪儿去 不了 不到哪 谈不上 说不上 算不上 称不上 就谈不上 是谈不上 是说不上 不了多少 还差得远 还差点 还差一点 还差了点",
    THAN: "比 比起 相比 较之",
    EARLIER: "上次 上回 以前 之前 过去 往年 去年 从前 原来 原先 别家 别人 别人家 别的店 其他家 其他店 想象 想象中 想像中 预期 预想 我想的 我想象的 我预期的 想的 我想 隔壁 前几次 "
    "头一次 第一次 上一次 上一家 别处 一般 前两次 老店 同行 人家 头回 预料 期待 期望 网上 图片 宣传",
    WORSE: "不如 比不上 比不了 不及 赶不上",
    BUT: "但是 但 可是 不过 就是 只是 只不过 可惜 然而 除了 要是 如果 要不是 虽然 虽说 尽管",
    CORRECTED: "不对 啊不对 哦不对 哦不 啊不 噢不 呃不 不不 不不不 错了 说错了 我说错了 口误 不是不是 啊不是 哦不是 我是说 应该说 改成 搞错了 等等 不对不对 说反了",
}
_FILLERS = (
    "嗯 呃 额 哦 噢 唉 哎 诶 欸 哈 那个 这个 就是说 怎么说呢 怎么讲呢 咋说呢 说实话 讲真 老实说 老实讲 说真的 其实 反正 我觉得吧 我个人觉得 我个人 个人感觉 真的 "
    "确实 的确 你们家 你们店 本人 这回 这次 今天 呗 嘛 吧 呢 啊 呀 了 啦 哟 嘿 必须 必须的 肯定 当然 那肯定 那当然 整个 总之 一直 目前 到现在 暂时 来讲 来说 的话 吧嗒 我们家 "
    "既 又 也 都 可言 不好意思 说不好 不好说 说不上来 说不清 呢哈 咧 嘞 哩 滴 喽 咯 噻 撒 哈哈 谢谢 哎呀 哎哟 妈呀 天哪 我的天 讲老实话 凭良心说 客观说 平心而论 对我来说 各方面 方方面面 全都 这家店 这家 家 儿 地方"
)
_OTHERS = (
    "好像 好久 好几 好些 好歹 好不容易 好友 好运 爱好 正好 刚好 只好 最好 好奇 差不多 差点 差一点 出差 差别 差价 时差 邮差 中午 中间 中国 中学 中介 中心 "
    "家中 行李 行业 行程 银行 旅行 自行 举行 次数 下次 每次 多次 几次 一次 两次 三次 坏掉 坏人 牛奶 牛肉 牛排 可能 可爱 死活 真人 真假 真皮 都是 太太 老板 老公 老婆 老师 "
    "老人 老家 老店 老是 赞助 点赞数 灵魂 灵活 次日 烂摊子 理想国 高兴地 再打 再来 再说 再见 再买 再也 还是不是 顶多 坑位 坑洼 专业课 热情款待"
)
"""Words that only look as if a judgement were in them."""

_CLEAR = frozenset("不没很太挺好差最都也还是的了啊吧呢嗯我你就对")
"""Words of one syllable that are themselves by their sound alone; 行 is as much 星, 无 as much 五."""

Lexicon = dict[tuple[str, ...], str]


@lru_cache(maxsize=2)
def lexicon(*, by_sound: bool) -> tuple[Lexicon, int]:
    """Words as tuples of characters (or of syllables) with the letters of their classes, and the length of the longest."""
    found: Lexicon = {}
    whole = {str(score): phrases for score, phrases in PLAIN.items()}
    strong = {score: whole.pop(score) for score in "51"}  # 赞 is no mere 好
    classes = {**strong, **_CLASSES, **whole, FILLER: f"{_FILLERS} {CARRIERS}", OTHER: _OTHERS}
    for kind, phrases in classes.items():
        for word in words(phrases):
            if by_sound and len(word) == 1 and word not in _CLEAR:
                continue
            found.setdefault(syllables(word) if by_sound else tuple(word), kind)
    return found, max(map(len, found))
