"""Words beside which a known phrase means something else: 人工 in 人工费, 打错 in 「快递打错电话了」.  Pure."""

from __future__ import annotations

import re

from huifang.logic.understanding.reading import Intent

_STAFF = "(?:店员|服务员|师傅|教练|收银员?|老师|导购|前台)"
_VETOES = {
    Intent.REFUSAL: re.compile(
        "打(?:我|这个)的?(?:电话|手机|号码?)?(?:就行|就好|即可)|不接电话的时候|(?:别的店|别人|别家).{0,10}你们?(?:倒|可)?(?:没|不)"
        "|^(?!.*[别勿莫甭唔弗覅停拒免])(?!.*不[要许准能用]).*五号.{0,2}[打联来]"  # 唔好打 sounds the same
    ),
    Intent.HUMAN: re.compile(
        "(?:有人|总|老|你要?|您要?)找(?:这|的|那)|换个人(?:折腾|薅|骗)|"
        "真人(?:教练|老师|试|图|模特|秀|版|比)|人工(?:费|成本|智能|湖|草|泳池|呼吸|降雨)|人工(?:服务|客服)?(?:比|挺|很|太|真|还可以|都|态度)"
        "|没人接|打了?折|打过电话|(?:找|跟|和|向)过?(?:你们)?(?:店长|经理|老板|领导|主管|客服|人工)(?:都|也)?(?:反映|反应|投诉|说|谈|问|沟通|聊)过"
    ),
    Intent.ROBOT: re.compile("(?:店里|门口|餐厅)[^，。]{0,4}机器人|机器人(?:送餐|扫地|端|老是|撞)"),
    Intent.WRONG_NUMBER: re.compile(
        f"(?:猫|狗|宠物|鹦鹉|仓鼠)[^，。]{{0,4}}(?:世|没了|走了|死了)|(?:快递员?|骑手|外卖员?|{_STAFF})[^，。我]{{0,4}}打错"
    ),
    Intent.CALLBACK: re.compile(
        "(?:上次|上回|那天|昨天|前天).{0,8}(?:打来|打过来|打电话|联系)|也没打|没打来"
    ),
    Intent.BUSY: re.compile(f"^{_STAFF}[^我]{{0,6}}忙|受够|我录音"),
    Intent.UNDO: re.compile(
        "[按选点填写拿买下]错了?(?:尺码|颜色|楼|地址|电梯|款|型号|口味|码|货|单|日期|名字)"
    ),
    Intent.REPEAT: re.compile(
        f"(?:看|做|弄)不见也听不见|音乐|再来一遍护理|点菜|音响|耳机|{_STAFF}[^，。]{{0,4}}(?:说|讲|声音|介绍)"
    ),
}
_VETOES_OF_OPEN = {Intent.REPEAT: re.compile("不会(?:用|操作|装|弄|穿|玩|安装)")}
"""In answer to an open question only: 「我不会用」 is then what is wrong."""


def is_vetoed(intent: Intent, text: str, *, is_open: bool) -> bool:
    """Whether ``text`` does not mean ``intent``, whatever phrase in it says so.

    :param is_open: the question takes free words
    """
    vetoes = [_VETOES.get(intent), _VETOES_OF_OPEN.get(intent) if is_open else None]
    return any(veto is not None and veto.search(text) for veto in vetoes)
