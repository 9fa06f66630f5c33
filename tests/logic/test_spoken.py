"""How writing is read aloud: a table of cases, and laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.spoken import spoken
from huifang.logic.spoken_numbers import LONGEST, cardinal, decimal, dialled, digits

TABLE = """
# behind 订单 may stand its number or what it came to
您的订单1,280元已退款|您的订单一千二百八十元已退款
您的订单128.50元|您的订单一百二十八点五元
您的订单2件|您的订单两件
订单2-3天送达|订单两到三天送达
您的快递14:00到|您的快递十四点到
您的快递12.5kg|您的快递十二点五公斤
您的订单20分钟后送达|您的订单二十分钟后送达
身份证18位|身份证十八位
满分100分，您打100分|满分一百分，您打一百分
来电100通|来电一百通
订单1280|订单幺二八零
订单20261127001|订单二零二六，幺幺二七，零零幺
快递SF1234567890|快递S F 幺二三四，五六七八，九零
请拨打10086|请拨打幺零零八六
Android 14|Android 十四
活动2026.11.20-2026.11.30|活动二零二六年十一月二十日到二零二六年十一月三十日
余额-20.5元|余额负二十点五元
No.12|No.幺二
2单元|二单元
2年级|二年级
2年|两年
第2季度|第二季度
90后的客户|九零后的客户
满90后可用|满九十后可用
请问是单女士吗|请问是善女士吗
您好，单女士|您好，善女士
，应该先生成订单|，应该先生成订单
那经理怎么说|那经理怎么说
# car plates
粤A123X5|粤A 一 二 三 X 五
车牌粤B12345|车牌粤B 一 二 三 四 五
他的车是粤B·12345D|他的车是粤B 一 二 三 四 五 D
# whole numbers
0|零
2|二
7|七
10|十
11|十一
20|二十
22|二十二
99|九十九
100|一百
101|一百零一
102|一百零二
110|一百一十
111|一百一十一
120|一百二十
200|二百
202|二百零二
999|九百九十九
1000|一千
1001|一千零一
1010|一千零一十
1100|一千一百
2000|两千
2002|两千零二
2020|两千零二十
2200|两千二百
10000|一万
10001|一万零一
10010|一万零一十
10100|一万零一百
12000|一万两千
20000|两万
22000|两万两千
100000|十万
120000|十二万
1000000|一百万
1,280|一千二百八十
10,000|一万
1,000,000|一百万
100,000,000|一亿
-5|负五
0.5|零点五
.5|零点五
3.14|三点一四
10.05|十点零五
2.5|二点五
007|零零七
# things that are counted
1个|一个
2个|两个
2位客人|两位客人
2件衣服|两件衣服
2次|两次
2天|两天
2周|两周
2个月|两个月
2年|两年
2小时|两小时
2分钟|两分钟
2斤|两斤
2瓶|两瓶
2盒面膜|两盒面膜
2张券|两张券
2倍|两倍
2家门店|两家门店
2岁|两岁
12个|十二个
22个|二十二个
102个|一百零二个
2.5个|二点五个
2号|二号
2楼|二楼
2月|二月
2日|二日
第2次|第二次
第2个|第二个
第12届|第十二届
第100位|第一百位
2万|两万
2千|两千
2亿|两亿
3.5万|三点五万
100万|一百万
1.2亿|一点二亿
20多个|二十多个
# money
1,280 元|一千二百八十元
1,280元|一千二百八十元
99元|九十九元
2元|两元
0元|零元
9.9元|九点九元
9.90元|九点九元
3.00元|三元
200元|二百元
2000元|两千元
1.5万元|一点五万元
1.5w元|一点五万元
3k元|三千元
￥99|九十九元
￥99.5|九十九点五元
￥99.50|九十九点五元
￥99.00|九十九元
¥1,280.05|一千二百八十点零五元
¥1.2万|一点二万元
￥99元|九十九元
￥ 30|三十元
￥50-100|五十到一百元
￥99起|九十九元起
￥99/件|九十九元每件
-￥50|负五十元
$9.9|九点九美元
US$20|二十美元
HK$100|一百港元
€15|十五欧元
£8|八英镑
100RMB|一百元
RMB 100|一百元
10-20元|十到二十元
10元-20元|十元到二十元
100元到200元|一百元到二百元
50元/月|五十元每月
满300减50|满三百减五十
30元优惠券|三十元优惠券
12块|十二块
2块5|两块五
# dates
2026年|二零二六年
1998年|一九九八年
2000年|二零零零年
2026年11月|二零二六年十一月
2026年11月22日|二零二六年十一月二十二日
2026年1月2日|二零二六年一月二日
2026-11-22|二零二六年十一月二十二日
2026-01-02|二零二六年一月二日
2026/11/22|二零二六年十一月二十二日
2026.11.22|二零二六年十一月二十二日
2026-11-22 14:30|二零二六年十一月二十二日 十四点三十分
2026-11-22T08:00|二零二六年十一月二十二日 八点
2026-11|二零二六年十一月
2024-2026年|二零二四到二零二六年
2025年到2026年|二零二五年到二零二六年
11月22日|十一月二十二日
11月2号|十一月二号
2月2日|二月二日
11/22|十一月二十二日
12/25|十二月二十五日
11/11|十一月十一日
6/18|六月十八日
01/02|一月二日
于3/4到店|于三月四日到店
3/4号|三月四号
11/1-11/3|十一月一日到十一月三日
11月1日-3日|十一月一日到三日
3月-5月|三月到五月
08年|零八年
95年出生|九五年出生
30年|三十年
5年|五年
22号|二十二号
# times
14:30|十四点三十分
14:05|十四点零五分
9:00|九点
09:00|九点
2:00|两点
12:00|十二点
0:30|零点三十分
14：30|十四点三十分
14:30:15|十四点三十分十五秒
9:00-18:00|九点到十八点
9:00~21:30|九点到二十一点三十分
上午9:30|上午九点三十分
2:30pm|下午两点三十分
9:00 AM|上午九点
14点|十四点
2点|两点
2点半|两点半
5点30分|五点三十分
14点05分|十四点零五分
14时30分|十四时三十分
1小时30分|一小时三十分
24小时|二十四小时
# telephones
13800138000|幺三八，零零幺三，八零零零
138 0013 8000|幺三八，零零幺三，八零零零
138-0013-8000|幺三八，零零幺三，八零零零
+86 13800138000|加八六，幺三八，零零幺三，八零零零
+8613800138000|加八六，幺三八，零零幺三，八零零零
电话13912345678。|电话幺三九，幺二三四，五六七八。
138****5678|幺三八，尾号五六七八
021-66668888|零二幺，六六六六，八八八八
0755-1234567|零七五五，幺二三，四五六七
010-12345678转123|零幺零，幺二三四，五六七八，转幺二三
400-800-1234|四零零，八零零，幺二三四
4008001234|四零零，八零零，幺二三四
400-1234-567|四零零，幺二三四，五六七
拨打10086|拨打幺零零八六
拨打12315|拨打幺二三幺五
拨打110|拨打幺幺零
客服热线95588|客服热线九五五八八
尾号8000|尾号八零零零
分机801|分机八零幺
# order numbers and other names
单号 SF123|单号 S F 幺二三
单号：SF123|单号：S F 幺二三
订单号20261122001|订单号二零二六，幺幺二二，零零幺
订单号是A12|订单号是A 幺二
快递单号YT123456|快递单号Y T 幺二三四五六
验证码 012345|验证码 零幺二三四五
工号1024|工号幺零二四
会员号00012|会员号零零零幺二
房间号302|房间号三零二
302室|三零二室
取件码3-2-1011|取件码三 杠 二 杠 幺零幺幺
编号A-102|编号A 杠 幺零二
航班CA1234|航班C A 幺二三四
SF1234567890|S F 幺二三四，五六七八，九零
12345678901234567890|幺二三四，五六七八，九零幺二，三四五六，七八九零
12-3号楼|十二杠三号楼
3-2-1|三杠二杠一
iPhone 15|iPhone 十五
iPhone15 Pro|iPhone 十五 Pro
A4纸|A 四纸
5G|五G
Q3|Q 三
V2.0|V 二点零
v1.2.3|V 一点二点三
1.2.3|一点二点三
# percentages
5%|百分之五
5.5%|百分之五点五
0.5%|百分之零点五
100%|百分之百
120%|百分之一百二十
-5%|负百分之五
5％|百分之五
5%-10%|百分之五到百分之十
5-10%|百分之五到百分之十
0.5‰|千分之零点五
9折|九折
8.5折|八五折
85折|八五折
# ranges
3-5天|三到五天
3~5天|三到五天
3—5天|三到五天
3至5天|三到五天
2-3天|两到三天
1-2次|一到两次
7-10个工作日|七到十个工作日
0-10分|零到十分
18-25岁|十八到二十五岁
20-30℃|二十到三十摄氏度
3-5|三到五
1.5-2小时|一点五到两小时
100-200ml|一百到二百毫升
# units
2kg|两公斤
2 kg|两公斤
1.5kg|一点五公斤
500g|五百克
500ml|五百毫升
500mL|五百毫升
2L|两升
10cm|十厘米
1.75m|一点七五米
5km|五公里
60km/h|六十公里每小时
30㎡|三十平方米
30m²|三十平方米
2m³|两立方米
25℃|二十五摄氏度
-5℃|零下五摄氏度
60W|六十瓦
5000mAh|五千毫安时
30min|三十分钟
500kcal|五百千卡
# fractions, ratios, signs
1/2|二分之一
3/4|四分之三
1/3的客户|三分之一的客户
½|二分之一
2/3|三分之二
3:1|三比一
16:9|十六比九
比例1:10|比例一比十
80/20|八十比二十
1+1|一加一
买1送1|买一送一
100x50|一百乘五十
3×4=12|三乘四等于十二
≥18岁|大于等于十八岁
# shopping days and hotlines
双11|双十一
双12|双十二
双 11 活动|双十一 活动
618大促|六一八大促
3·15|三一五
# writing of other kinds
２０２６年|二零二六年
１２３|一百二十三
①|一
٣个|三个
非常满意请按1，满意请按2。|非常满意请按一，满意请按二。
1-5分您打几分？|一到五分您打几分？
您好，李女士|您好，李女士
单女士，您好|善女士，您好
您好，仇先生|您好，求先生
尊敬的曾小明先生|尊敬的增小明先生
简单先生|简单先生
"""
ROWS = [tuple(line.split("|")) for line in TABLE.strip().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("written", "said"), ROWS)
def test_writing_is_read_as_chinese_reads_it(written: str, said: str) -> None:
    assert spoken(written, "zh-CN").strip() == said


@pytest.mark.parametrize(("written", "said"), [row for row in ROWS if row[0][0].isdigit()][:150])
def test_a_reading_does_not_depend_on_the_sentence_around_it(written: str, said: str) -> None:
    assert spoken(f"我们说的是{written}。", "zh-CN") == f"我们说的是{said}。"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("¥99.5", "99.5 yuan"),
        ("call 13800138000", "call 1 3 8, 0 0 1 3, 8 0 0 0"),
        ("3-5 days", "3 to 5 days"),
        ("order SF1234", "order S F 1 2 3 4"),
        ("see you at 5", "see you at 5"),
    ],
)
def test_english_is_helped_where_an_engine_cannot_know(written: str, said: str) -> None:
    assert spoken(written, "en") == said


# ---- laws

_VALUE = {ch: n for n, ch in enumerate("零一二三四五六七八九")} | {"两": 2, "幺": 1}


def value_of(words: str) -> int:
    """The number that Chinese words name; written here from the grammar of numerals, not from the reader."""
    for big, size in (("亿", 10**8), ("万", 10**4)):
        if big in words:
            high, _, low = words.rpartition(big)
            return value_of(high) * size + (value_of(low) if low.strip("零") else 0)
    total, digit = 0, None
    for ch in words:
        if ch in "十百千":
            total += (1 if digit is None else digit) * {"十": 10, "百": 100, "千": 1000}[ch]
            digit = None
        elif ch != "零":
            digit = _VALUE[ch]
    return total + (digit or 0)


@given(st.integers(0, 10**LONGEST - 1))
def test_a_number_that_is_read_and_understood_is_the_same_number(number: int) -> None:
    assert value_of(cardinal(str(number))) == number


@given(st.integers(0, 9_999_999), st.sampled_from(["元", "个", "斤", "公里", "人次"]))
def test_an_amount_in_a_sentence_keeps_its_value(number: int, unit: str) -> None:
    said = spoken(f"一共{number:,}{unit}", "zh-CN")
    assert value_of(said.removeprefix("一共").removesuffix(unit)) == number


@given(st.decimals(0, 99_999, places=2))
def test_a_price_keeps_its_value(price: object) -> None:
    said = spoken(f"￥{price}", "zh-CN").removesuffix("元")
    whole, _, fraction = said.partition("点")
    assert value_of(whole) == int(price)  # type: ignore[call-overload]
    assert "".join(str(_VALUE[ch]) for ch in fraction).ljust(2, "0") == f"{price}"[-2:]


@given(st.dates())
def test_a_date_is_read_alike_however_it_is_written(day: object) -> None:
    year, month, number = day.year, day.month, day.day  # type: ignore[attr-defined]
    if not 1900 <= year < 2100:
        return
    want = f"{digits(str(year))}年{cardinal(str(month))}月{cardinal(str(number))}日"
    for written in (
        f"{year}-{month:02}-{number:02}",
        f"{year}/{month}/{number}",
        f"{year}年{month}月{number}日",
    ):
        assert spoken(written, "zh-CN") == want


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_a_mobile_number_is_said_digit_by_digit(number: str, gap: str) -> None:
    written = gap.join((number[:3], number[3:7], number[7:]))
    assert spoken(f"请打{written}。", "zh-CN").replace("，", "") == f"请打{dialled(number)}。"


_ODD = st.text(
    st.sampled_from("0123456789.,:：/-~%￥$+×年月日点个元kgv138SF单号双 ，。(（½²①٣３"), max_size=24
)


@given(_ODD | st.text(max_size=30))
def test_no_digit_is_left_and_nothing_fails(text: str) -> None:
    said = spoken(text, "zh-CN")
    assert not any(ch.isdigit() for ch in said)
    assert spoken(text, "en") is not None


@given(
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=20).filter(
        lambda t: "先生" not in t
    )
)
def test_words_without_numbers_and_names_are_left_alone(text: str) -> None:
    from huifang.logic.spoken_units import TITLES

    if not any(title in text for title in TITLES.split("|")):
        assert spoken(text, "zh-CN") == text


@given(st.from_regex(r"[0-9]{1,6}\.[0-9]{1,4}", fullmatch=True))
def test_decimals_keep_every_place(number: str) -> None:
    whole, fraction = decimal(number).split("点")
    assert value_of(whole) == int(number.split(".")[0])
    assert "".join(str(_VALUE[ch]) for ch in fraction) == number.split(".")[1]
