"""Closed understanding, on things people say that are mostly not in its lists word for word."""

from __future__ import annotations

import pytest

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, Option, Reading, understand
from huifang.logic.understanding.sounds import syllables

RATING = Asked("rating")
YES_NO = Asked("yes_no")

RATED: dict[str, str] = {
    "5": """非常满意 特别满意 十分满意 超级满意 很满意 太满意了 我非常满意 我对你们店非常满意 嗯非常满意 非常满意的 都非常满意 真的很满意啊 这次购物非常满意
        我觉得非常好 特别好 很好 太好了 好极了 非常不错 特别喜欢 我很喜欢 非常喜欢这个口红 很好用 太棒了 完美 满分 五星好评 没得说 给好评 服务特别好 东西很好
        你们的服务非常好 产品很好用 相当满意 满意得很 确实很好 没话说""",
    "4": """满意 满意的 满意吧 挺满意 挺满意的 蛮满意的 比较满意 还算满意 基本满意 总体满意 还是满意的 我挺满意的 不错 挺不错的 还不错 很不错 蛮不错的 感觉不错
        东西不错 用着不错 挺好的 蛮好的 都挺好 还挺好的 挺好用的 挺喜欢的 没毛病 没什么问题 不差 还不赖 总体来说比较满意 服务还是不错的 嗯满意 我满意
        没什么不满意的 没有不满意 挺可以的""",
    "3": """一般 一般般 一般吧 很一般 就一般 还行 还行吧 还可以 还可以吧 还好 还好吧 凑合 凑合吧 马马虎虎 马马虎虎吧 普通 普普通通 就那样 就那样吧 也就那样吧
        中规中矩 不好不坏 说不上好坏 过得去 没什么感觉 我觉得一般 感觉一般 效果一般 服务一般般吧 比较一般 也还行 勉强吧 嗯还行""",
    "2": """不满意 不太满意 不是很满意 不怎么满意 不大满意 有点不满意 不够满意 没有很满意 谈不上满意 我不满意 对你们不满意 我不太满意 不好 不太好 不怎么好 不怎么样
        不咋地 不咋样 不行 不太行 不喜欢 不太喜欢 不是很喜欢 有点差 比较差 有点失望 挺失望的 不理想 不太理想 不是特别满意 没那么满意 算不上满意 差点意思""",
    "1": """非常不满意 特别不满意 十分不满意 很不满意 极其不满意 太不满意了 一点都不满意 一点也不满意 完全不满意 我非常不满意 我对你们非常不满意 非常的不满意 太差了 很差
        非常差 特别差 差极了 太差劲了 太烂了 烂透了 垃圾 糟透了 太糟糕了 太失望了 很失望 非常失望 差评 给差评 最差 一塌糊涂 太坑了 非常不好 很不好 特别不喜欢""",
}
SAID: dict[Intent, str] = {
    Intent.REFUSAL: """别再打了 别再打电话了 别再给我打电话了 不要再打了 不要再打电话了 不要再给我打电话 以后别打了 以后不要再打了 你们别再打了 请不要再打电话给我
        叫你们别打了 别打扰我 不要骚扰我 再打我就投诉你们 再打我报警了 把我的电话删了 不要再联系我了 别联系我了 以后不要联系我 别老打电话 我说了别再打了
        麻烦以后别再打了 能不能别再打电话了 你们不要再打来了 烦死了别再打了 别再骚扰我了 我要拉黑你们""",
    Intent.ROBOT: """你是机器人吗 你是不是机器人 是机器人吧 你是机器人吧 你是真人吗 是真人吗 你是真人还是机器人 你是人还是机器人 你是人还是机器 你是人工智能吗 你是AI吗
        这是录音吗 是自动语音吗 你到底是不是机器人啊 喂你是机器人吗 请问你是机器人吗 是机器人在说话吗 你是人工还是机器人 你是电脑吗""",
    Intent.HUMAN: """转人工 转人工吧 帮我转人工 请转人工 我要转人工 人工服务 我要人工服务 人工客服 给我转人工客服 找人工 我要找真人 叫真人来 我要跟真人说 换个真人来
        找你们经理 叫你们经理来 让你们经理接电话 我找店长 叫你们店长来 我要找负责人 我要投诉 找你们领导 我不想跟机器人说话 可以转人工吗 有没有人工客服 让客服来接""",
    Intent.WRONG_NUMBER: """打错了 你打错了 你打错电话了 打错电话了吧 号码打错了 你打错号码了 我不是李女士你打错了 没这个人 没有这个人 你找错人了 我不是本人
        不是本人 不认识这个人 这不是她的电话""",
    Intent.BUSY: """我在开会 在开会呢 正在开会 我正在开会 现在没空 没空 我没空 没时间 我没时间 现在没时间 我在忙 在忙呢 正忙着呢 我很忙 我现在很忙 在开车 我在开车呢
        现在不方便 不太方便 我现在不方便 不方便接电话 在上班 我在上班呢 在上课 在吃饭 有点事 我有事 在医院 走不开 现在有点忙 在带孩子""",
    Intent.CALLBACK: """晚点再打 晚点再打吧 等会再打 等会儿再打过来 待会儿再打 过会儿再打 一会儿再打 回头再打 回头再说 改天再说 改天吧改天再打 下次再说吧 下午再打
        下午三点再打 明天再打吧 明天上午再打 晚上八点以后再打 你晚点打给我 过半个小时再打 两个小时以后再打过来 换个时间再打 等我有空再打 下班再打 稍后再联系""",
    Intent.REPEAT: """再说一遍 请再说一遍 你再说一遍 再说一次 重复 重复一遍 请重复一下 没听清 没听清楚 我没听清 刚才没听清楚 听不清 听不清楚 没听懂 没听见 你说什么
        什么 能再说一遍吗 麻烦再说一遍 再讲一遍 不好意思没听清""",
    Intent.UNDO: """按错了 我按错了 刚才按错了 不好意思按错了 不小心按错了 选错了 我选错了 说错了 刚才说错了 改一下 我改一下 我要改一下 我想改一下 重新选 我重新选
        重来 搞错了 弄错了 更正一下 撤销""",
    Intent.GOODBYE: """再见 拜拜 谢谢再见 好的再见 那再见 先这样吧 就这样吧 挂了 我挂了啊 先挂了""",
    Intent.DECLINE: """不想评价 我不想评价 不评价 不用了 不用了谢谢 不需要 不需要谢谢 没兴趣 我没兴趣 不感兴趣 算了吧 不想回答 不参加 没必要 不想说""",
    Intent.INTEREST: """我想买 我想再买一个 多少钱 有优惠吗 有没有活动 我想了解一下 怎么买 还有货吗""",
}
COMPLAINED: dict[str, str] = {
    "service": "服务态度不好 服务态度太差 服务态度很差 你们服务态度不好 态度不好 态度很差 服务太差了 店员态度不好 爱理不理的 没人理我",
    "quality": "质量太差 质量太差了 质量不好 质量有问题 东西质量太差 用了过敏 我用了过敏了 东西坏了 没有效果 没什么效果",
    "unresolved": "没有解决 还没有解决 问题没解决 一直没解决 没人处理 还是没有解决 问题还没解决",
    "angry": "很生气 我很生气 非常生气 气死我了 太过分了 受不了 太气人了 你们骗人",
}
CONFIRMED: dict[Intent, str] = {
    Intent.YES: "是 是的 对 对的 对对对 没错 嗯 嗯对 是啊 对啊 好的 可以 行 没问题 当然 就是这样 是这样的",
    Intent.NO: "不是 不是的 不对 不不不 不是这个 没有 错了 你听错了 不 我不是这个意思 不是不是",
}
UNRELATED = """今天天气不错 明天北京下雨 我家的猫昨天跑丢了 红烧肉怎么做好吃 股票今天又跌了 中国队昨天赢了比赛 我明天一般不在家 孩子在学校考了第一名 这条路怎么这么堵
    深入的分析这一次全球金融动荡背后的根源 欢迎大家来体验达摩院推出的语音识别模型 富士康在印度工厂出现大规模感染 目前工厂产量已下降超百分之五十 我妈妈今年六十岁了
    你帮我把门口的快递拿一下 电视遥控器放哪儿了 楼下新开了一家火锅店 他昨天晚上十二点才睡 飞机晚点了三个小时 地铁二号线换乘十号线 手机快没电了 冰箱里还有牛奶
    周杰伦的新歌挺火 公司下个月要搬家 医生让我多喝水 小区停车位涨价了 这本书我还没看完 那部电影讲的是二战 今年冬天特别冷 月亮绕着地球转 三乘以七等于二十一
    狗狗要打疫苗 隔壁老王在装修 高铁票卖完了 我们在看足球 昨天买的西瓜很甜""".split()


def of(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(words, key) for key, listed in table.items() for words in listed.split()]


def read(words: str, asked: Asked = RATING) -> Reading:
    return understand(Utterance(words), asked)


def heard(words: str, asked: Asked = RATING) -> Reading:
    """As a recogniser that writes sounds would pass it on."""
    return understand(Utterance("", syllables(words)), asked)


def sounded_wrong(failures: list[tuple[str, ...]], total: int, share: float) -> None:
    assert len(failures) <= total * share, failures


@pytest.mark.parametrize(("words", "score"), of(RATED))
def test_rating(words: str, score: str) -> None:
    reading = read(words)
    assert (reading.intent, reading.code) == (Intent.RATING, score), reading


@pytest.mark.parametrize(("words", "intent"), of({k.value: v for k, v in SAID.items()}))
def test_intent(words: str, intent: str) -> None:
    assert read(words).intent == intent


@pytest.mark.parametrize(("words", "about"), of(COMPLAINED))
def test_complaint(words: str, about: str) -> None:
    reading = read(words)
    assert (reading.intent, reading.code) == (Intent.COMPLAINT, about), reading


@pytest.mark.parametrize(("words", "intent"), of({k.value: v for k, v in CONFIRMED.items()}))
def test_confirmation(words: str, intent: str) -> None:
    assert read(words, YES_NO).intent == intent


@pytest.mark.parametrize("words", UNRELATED)
@pytest.mark.parametrize("by", ["characters", "sounds"])
def test_unrelated_sentence_is_rejected(words: str, by: str) -> None:
    reading = read(words) if by == "characters" else heard(words)
    assert reading.intent is Intent.UNCLEAR, reading
