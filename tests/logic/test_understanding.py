"""Closed understanding, on things people say that are mostly not in its lists word for word."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
    Intent.INTEREST: """我想买 我想再买一个 我想了解一下 怎么买""",
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
UNRELATED = [
    "今天天气不错",
    "明天北京下雨",
    "我家的猫昨天跑丢了",
    "红烧肉怎么做好吃",
    "股票今天又跌了",
    "中国队昨天赢了比赛",
    "我明天一般不在家",
    "孩子在学校考了第一名",
    "这条路怎么这么堵",
    "深入的分析这一次全球金融动荡背后的根源",
    "欢迎大家来体验达摩院推出的语音识别模型",
    "富士康在印度工厂出现大规模感染",
    "目前工厂产量已下降超百分之五十",
    "我妈妈今年六十岁了",
    "你帮我把门口的快递拿一下",
    "电视遥控器放哪儿了",
    "楼下新开了一家火锅店",
    "他昨天晚上十二点才睡",
    "飞机晚点了三个小时",
    "地铁二号线换乘十号线",
    "冰箱里还有牛奶",
    "周杰伦的新歌挺火",
    "公司下个月要搬家",
    "医生让我多喝水",
    "小区停车位涨价了",
    "这本书我还没看完",
    "那部电影讲的是二战",
    "今年冬天特别冷",
    "月亮绕着地球转",
    "三乘以七等于二十一",
    "狗狗要打疫苗",
    "隔壁老王在装修",
    "高铁票卖完了",
    "我们在看足球",
    "昨天买的西瓜很甜",
]

# Whole answers as they come on the phone, collected after the lists were written; the key is intent or score.
NATURAL: dict[str, str] = {
    "rating5": """服务员小姐姐人特别好我很满意 满意满意非常满意 很好很好 特别特别好 我超爱你们家
        非常好用下次还来 真的超级满意 我给你们打五分 五颗星 那肯定是非常满意啊 太喜欢了
        满意得不得了 相当不错 好得很呢 百分之百满意 无可挑剔 真心不错非常满意 没得挑""",
    "rating4": """挺好的没什么问题 可以可以挺好的 满意满意 还是比较满意的吧 嗯挺满意 总的来说还不错
        整体感觉挺好 都挺满意的 东西不错服务也不错 我觉得可以挺好 四分吧 打四分 还挺喜欢的
        用起来还不错 满意啊怎么了 感觉还是不错的 蛮好蛮好 基本上满意 那必须满意啊""",
    "rating3": """嗯怎么说呢还可以吧 还行还行 就那么回事儿 没什么特别的感觉就一般 三分 打个三分 一般一般
        马马虎虎啦 说不上满意也说不上不满意 不好也不坏 还凑合吧 普普通通吧 就普通水平 中等水平
        也就一般吧 就还行""",
    "rating2": """反正不是很满意吧 不满意不满意 我不是很满意你们的服务 有点失望吧 不怎么样啊 不太行啊
        真不怎么样 感觉不太好 我觉得不好 没有想象的好 不太满意啊 两分 打两分 不咋滴
        一点点不满意 不如以前了 感觉不怎么满意""",
    "rating1": """哎呀别提了太差了 太差劲了 非常非常不满意 一分都不想给 差得要死 简直太差了
        什么玩意儿太差了 特别特别差 极度不满意 真是太糟糕了 最低分 一分 打一分 烂得很
        很不满意很不满意 相当不满意""",
    "refusal": """哎呀你们能不能别再打了 你们怎么又打电话来别打了 我都说了多少遍了别再打了
        以后不要给我打这种电话了 麻烦把我从名单里删掉 不要再打进来了 你们再打我就报警了 别打啦
        不要老是打电话来 以后不要再打扰我了 你别再打来了 请以后不要再打""",
    "robot": """喂你是真人还是机器 你该不会是机器人吧 咦这是机器人吗 是不是机器人打的电话 你是人么
        你不是真人吧 是AI在跟我说话吗""",
    "human": """你给我转人工行不行 我要和你们店长说话 让你们老板接电话 不要机器人我要人工 叫个真人来听
        能不能转到人工客服 帮我接一下人工 转接人工客服 找个能管事的来""",
    "busy": """我这会儿正开会呢 不好意思我在忙 现在没空啊 现在不太方便说话 我在开车不方便 我在上课呢
        有点忙 正吃饭呢 我在外面不方便 手头有点事 没工夫跟你说""",
    "callback": """你过一会儿再打给我吧 晚上再打吧 明天下午两点以后再打 等我忙完了再打过来 你下午打给我吧
        晚一点再打给我 下周再打吧 过几天再打 中午十二点半再打 一个小时以后打给我""",
    "wrong_number": """你是不是打错了 你打错了吧 我不叫这个名字打错了 这里没有这个人 您打错电话了 打错啦
        不是我你找错人了 我不认识她""",
    "repeat": """啊你说什么 不好意思没听清楚你再说一遍 刚刚没听清 能不能重复一遍 你说啥没听清 再说一遍好吗
        什么什么 麻烦你再重复一下 您再说一次 信号不好没听清""",
    "undo": """哎呀按错了 不对不对按错了 我刚刚按错了 等一下我按错了 我刚才选错了 能不能改一下
        我想重新选一下 不是我说错了 我要重新评 刚才那个不算""",
    "goodbye": """好的谢谢再见 没事挂了吧 行那就这样 拜拜啊 那先挂了 好拜拜 再见再见""",
    "decline": """不想评价谢谢 没兴趣别问了 我不想回答这个问题 不需要不需要 算了算了 不用不用 我不参加这个
        没那个必要""",
    "complaint": """你们服务态度太差了 东西质量有问题 我用了以后过敏了 到现在还没解决 我真的很生气
        店员爱理不理的 气死我了真是 收到的东西是坏的 脸都过敏了""",
    "question": "你们家在哪里啊",
    "who": "谁啊",
    "unclear": """今天星期几 我老公不在家 孩子哭了 外面下大雨了 这个月工资还没发
        我刚从超市回来 隔壁在装修好吵 明天要去上海出差 这件衣服是我妈妈买的 快递放门口就行
        作业写完了没有""",
}


def of(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(words, key) for key, listed in table.items() for words in listed.split()]


def read(words: str, asked: Asked = RATING) -> Reading:
    return understand(Utterance(words), asked)


def heard(words: str, asked: Asked = RATING) -> Reading:
    """As a recogniser that writes sounds would pass it on."""
    return understand(Utterance("", syllables(words)), asked)


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


@pytest.mark.parametrize("by", [read, heard], ids=["characters", "sounds"])
def test_natural_answers_are_nearly_all_understood(by: Callable[[str], Reading]) -> None:
    wrong, lost = [], []
    for words, meant in of(NATURAL):
        reading = by(words)
        got = reading.intent + (reading.code if reading.intent is Intent.RATING else "")
        if got == meant:
            continue
        if got == "unclear":
            lost.append(words)  # asked again: a nuisance
        else:
            wrong.append((words, reading))  # misunderstood: worse
        assert got != "refusal", (words, reading)
    total = len(of(NATURAL))
    assert total > 190
    assert len(wrong) <= total * 0.03, wrong
    assert len(wrong) + len(lost) <= total * 0.06, (wrong, lost)


BLURRED = {"zh": "z", "ch": "c", "sh": "s", "ang": "an", "eng": "en", "ing": "in"}


@example(("十分不满意", "1"), {"sh"})
@given(st.sampled_from(of(RATED)), st.sets(st.sampled_from(sorted(BLURRED))))
def test_an_accent_that_blurs_sounds_changes_no_rating(said: tuple[str, str], blurs: set[str]) -> None:
    words, score = said
    sounds = []
    for sound in syllables(words):
        for blur in blurs:
            if blur in ("zh", "ch", "sh"):
                sound = BLURRED[blur] + sound[2:] if sound.startswith(blur) else sound
            elif sound.endswith(blur) and len(sound) > len(blur):
                sound = sound.removesuffix(blur) + BLURRED[blur]
        sounds.append(sound)
    reading = understand(Utterance("", tuple(sounds)), RATING)
    assert reading.intent in (Intent.RATING, Intent.UNCLEAR), reading
    if reading.intent is Intent.RATING:
        assert abs(int(reading.code) - int(score)) <= 1, reading


@settings(deadline=None)
@given(st.text(max_size=60), st.lists(st.text("abcdefghijklmnopqrstuvwxyzv", max_size=6), max_size=40))
def test_anything_can_be_read(text: str, pinyin: list[str]) -> None:
    for asked in (RATING, YES_NO, Asked("free", (Option("service", ("服务", "态度")),)), Asked()):
        reading = understand(Utterance(text, tuple(pinyin)), asked)
        assert 0.0 <= reading.confidence <= 1.0


def test_negation_turns_a_meaning_round_or_stops_it() -> None:
    assert read("没有我想的那么满意").code == "2"
    assert read("不是不满意").code == "4"
    for words in ("不用转人工", "我没有按错", "我没在开会", "不要挂", "别挂"):
        assert read(words).intent in (Intent.UNCLEAR, Intent.NO, Intent.HOLD), words


def test_numbers_are_never_sure() -> None:
    for words in ("五分", "打四分", "一", "按二", "选三"):
        assert read(words).confidence < 0.75


def test_an_open_question_keeps_free_words_and_still_hears_the_important() -> None:
    asked = Asked("free", (Option("service", ("服务", "态度", "店员")), Option("price", ("价格", "太贵"))))
    assert read("你们家东西太贵了", asked) == Reading(Intent.CHOICE, "price", 1.0, "太贵")
    assert read("楼上漏水把我淋湿了", asked).intent is Intent.FREE
    assert read("那个店员跟我说一般都没有货让我再说一遍地址", asked).code == "service"
    assert read("你们别再打电话来了我很忙", asked).intent is Intent.REFUSAL
    assert read("嗯", asked).intent is not Intent.FREE
    assert read("你是机器人吗", asked).intent is Intent.ROBOT


def test_the_same_sounds_in_other_characters_mean_the_same_only_alone() -> None:
    assert read("慢意").code == "4"  # a recogniser's wrong characters
    assert read("走得慢一点").intent is not Intent.RATING


@pytest.mark.parametrize("heard", ["neng bu neng mai yi dian", "zhe ge tai kao de yi tang hu tu"])
def test_an_opinion_that_only_nearly_sounds_so_among_other_words_is_confirmed(heard: str) -> None:
    reading = understand(Utterance("", tuple(heard.split())), RATING)
    assert reading.intent is not Intent.RATING or reading.confidence < 0.7
    clean = understand(Utterance("", ("fei", "chang", "man", "yi")), RATING)
    assert clean.confidence >= 0.75
