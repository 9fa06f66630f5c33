"""Which column of somebody's file is what, found by its header in Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

CUSTOMERS = "customers"
ORDERS = "orders"

_CUSTOMER_NAMES = {
    "member_number": "会员号 会员卡号 会员编号 会员编码 会员id 会员 卡号 会员卡 客户编号 客户编码 客户号 客户id 顾客编号 顾客编码 "
    "member membernumber memberno memberid cardnumber cardno customerid customerno customernumber",
    "phone": "手机号 手机 手机号码 电话 电话号码 联系电话 联系方式 联系手机 会员手机 会员手机号 会员手机号码 会员电话 客户电话 客户手机 "
    "客户手机号 客户手机号码 顾客电话 顾客手机 顾客手机号 收货人手机 收货人手机号 收货人电话 买家手机 买家手机号 注册手机号 "
    "phone phonenumber mobile mobilephone mobilenumber tel telephone cellphone contact",
    "store": "门店 门店名称 店铺 店铺名称 店名 所属门店 归属门店 开卡门店 注册门店 消费门店 下单门店 销售门店 交易门店 分店 store storename branch shop",
    "name": "姓名 名字 客户姓名 会员姓名 会员名称 会员名 顾客姓名 客户名称 客户 顾客 收货人 收货人姓名 买家姓名 称呼 name fullname customername membername customer",
    "gender": "性别 会员性别 客户性别 顾客性别 gender sex",
    "birthday": "生日 出生日期 出生年月日 出生年月 会员生日 客户生日 顾客生日 birthday birthdate dateofbirth dob",
    "do_not_disturb": "免打扰 勿扰 拒绝回访 不接受回访 拒绝联系 拒接回访 donotdisturb donotcall dnd dnc optout optedout",
    "marketing": "同意营销 营销授权 接受营销 允许营销 营销同意 同意接收营销 marketing marketingconsent acceptsmarketing optin",
}
_ORDER_NAMES = {
    "member_number": _CUSTOMER_NAMES["member_number"],
    "phone": _CUSTOMER_NAMES["phone"],
    "store": _CUSTOMER_NAMES["store"],
    "number": "订单号 订单编号 订单id 单号 小票号 小票编号 流水号 交易号 交易单号 交易编号 销售单号 消费单号 单据号 单据编号 "
    "order ordernumber orderno orderid receipt receiptnumber",
    "ordered_at": "下单时间 下单日期 订单时间 订单日期 购买时间 购买日期 消费时间 消费日期 交易时间 交易日期 成交时间 支付时间 支付日期 付款时间 "
    "付款日期 销售时间 销售日期 开单时间 开单日期 结账时间 结算时间 订单创建时间 创建时间 单据日期 日期 时间 "
    "orderedat ordertime orderdate ordereddate purchasedat purchasedate paidat date time createdat",
    "amount": "金额 订单金额 实付 实付金额 实付款 实收 实收金额 销售金额 交易金额 消费金额 支付金额 成交金额 总金额 总价 "
    "amount total totalamount orderamount paid price",
    "product": "商品 商品名称 商品名 商品标题 产品 产品名称 品名 货品 货品名称 product productname item itemname goods",
    "category": "品类 类别 分类 商品类别 商品分类 产品类别 category type",
    "quantity": "数量 件数 购买数量 商品数量 销售数量 quantity qty count pieces",
}
_NAMES = {CUSTOMERS: _CUSTOMER_NAMES, ORDERS: _ORDER_NAMES}
_FIELD_OF = {
    kind: {word: field for field, words in names.items() for word in words.split()}
    for kind, names in _NAMES.items()
}
_BRACKETED = re.compile(r"[(\[{【〔].*?[)\]}】〕]")
_CENTS = re.compile(r"[(\[【](分|cents?|fen)[)\]】]|_?cents$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the known fields in a row.  Where two columns mean the same, the first filled counts."""

    kind: str
    header: tuple[str, ...]
    places: dict[str, tuple[int, ...]]
    amount_in_cents: bool

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers that mean nothing to us."""
        used = {place for places in self.places.values() for place in places}
        return tuple(title for place, title in enumerate(self.header) if title and place not in used)

    def title(self, field: str) -> str:
        """The file's own header of ``field``."""
        places = self.places.get(field)
        return self.header[places[0]] if places else ""


def recognise(header: Sequence[object], kind: str | None = None) -> Columns | None:
    """The columns under ``header``, or None where it is not the header of a ``kind`` file.

    An order file has an order number, a time and an amount, and a member number or phone; a customer
    file has a name, and a member number or phone.
    """
    titles = tuple("" if title is None else str(title).strip() for title in header)
    for candidate in (ORDERS, CUSTOMERS):
        if kind not in (None, candidate):
            continue
        places: dict[str, list[int]] = {}
        for place, title in enumerate(titles):
            field = _FIELD_OF[candidate].get(_key(title))
            if field:
                places.setdefault(field, []).append(place)
        needed = {"number", "ordered_at", "amount"} if candidate == ORDERS else {"name"}
        if needed <= places.keys() and ("member_number" in places or "phone" in places):
            amount = places.get("amount")
            return Columns(
                kind=candidate,
                header=titles,
                places={field: tuple(found) for field, found in places.items()},
                amount_in_cents=bool(
                    amount and _CENTS.search(unicodedata.normalize("NFKC", titles[amount[0]]))
                ),
            )
    return None


def _key(title: str) -> str:
    """A header without units in brackets, blanks, case and decoration; 是否同意营销 asks for 同意营销."""
    plain = unicodedata.normalize("NFKC", title).lower()
    plain = _BRACKETED.sub("", plain)
    words = "".join(c for c in plain if c.isalnum())
    return words.removeprefix("是否").removesuffix("cents") or plain
