"""A condition tree as a query: the second reading of ``logic/condition.py``.

SQL has three truth values and the tree has two.  So every leaf first asks that the column is known:
``known AND test`` is never NULL (``FALSE AND NULL`` is FALSE), and then NOT, AND and OR of SQL mean
what they mean in memory.
"""

from __future__ import annotations

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from huifang.conditions.fields import Catalogue, Field, Kind
from huifang.logic.condition import All, Any, Condition, Known, Not, Test

_LOOKUPS = {
    "eq": "exact",
    "lt": "lt",
    "le": "lte",
    "gt": "gt",
    "ge": "gte",
    "between": "range",
    "in": "in",
}


def query(tree: Condition, catalogue: Catalogue) -> Q:
    """The rows of the catalogue's model for which ``tree`` holds; ``ConditionInvalid`` where it cannot be asked."""
    catalogue.check(tree)
    return _query(tree, catalogue)


def _query(tree: Condition, catalogue: Catalogue) -> Q:
    match tree:
        case All(of):
            everything = ~_nothing()
            for part in of:
                everything &= _query(part, catalogue)
            return everything
        case Any(of):
            something = _nothing()
            for part in of:
                something |= _query(part, catalogue)
            return something
        case Not(part):
            return ~_query(part, catalogue)
        case Known(name):
            return _known(catalogue[name])
        case Test(name, op, value):
            field = catalogue[name]
            return _known(field) & _test(field.path, op, value)


def _nothing() -> Q:
    """No row.  An empty Q would mean every row, and so would its negation."""
    return Q(pk__in=[])


def _known(field: Field) -> Q:
    known = Q((f"{field.path}__isnull", False))
    if field.kind in (Kind.TEXT, Kind.CHOICE):
        known &= Q((f"{field.path}__gt", ""))  # empty text is unknown; Oracle even stores it so
    return known


def _test(path: str, op: str, value: object) -> Q:
    if op == "ne":
        return ~Q((f"{path}__exact", value))
    if op == "contains":
        # Not LIKE: on SQLite it does not tell upper case from lower case.
        return Q(GreaterThan(StrIndex(F(path), Value(value)), 0))
    return Q((f"{path}__{_LOOKUPS[op]}", value))
