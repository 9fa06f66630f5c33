"""Whose rows a member of staff may see: those of the own store, or of the whole chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from huifang.people.models import Role, User

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Reach:
    """``everything``, or the rows of one store (``None`` = no row at all).  Rows without a store are
    seen by those who see everything.  ``ratings``: what single customers rated may be shown beside their names."""

    everything: bool
    store_id: int | None = None
    ratings: bool = False

    def of(self, rows: QuerySet[Row], store: str = "store") -> QuerySet[Row]:
        """The part of ``rows`` within reach; ``store`` is the lookup path from a row to its store."""
        if self.everything:
            return rows
        if self.store_id is None:
            return rows.none()
        return rows.filter(**{f"{store}_id": self.store_id})


def reach_of(user: User | AnonymousUser | Any) -> Reach:
    """Admins and chain supervisors see everything; agents and store supervisors see their store.  Ratings of single
    customers are for leads: agents see those of the calls in their hands (``followups/in_hand.py``)."""
    if not isinstance(user, User):
        return Reach(False)
    if user.role == Role.ADMIN or (user.role == Role.SUPERVISOR and user.store_id is None):
        return Reach(True, ratings=True)
    return Reach(False, user.store_id, ratings=user.role == Role.SUPERVISOR)
