"""Where a list comes from, who answers for it, and what holds for entries of which the file does not say it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from crossing.platform.typed import Line
from crossing.screening.lists.contents import Orders

Text = Annotated[Line, Field(max_length=300)]
Days = Annotated[int, Field(ge=1, le=36_500)]


class _Remembered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Provenance(_Remembered):
    """Of a list as a whole. It is remembered on the list, signed with each version, and holds until other is given.

    ``source`` is an address or words ("stick from the ministry"); ``legal_basis`` is the ground on which the list is
    kept here, ``owner`` who answers for it here.
    """

    source: Text = ""
    publisher: Text = ""
    licence: Text = ""
    legal_basis: Text = ""
    owner: Text = ""

    def updated(self, given: "Provenance | None") -> "Provenance":
        """With what ``given`` says in the place of what was said before; its empty fields say nothing."""
        return self if given is None else self.model_copy(update=_said(given))


class EntryDefaults(_Remembered):
    """For entries of which the file does not say it. The days count from the date of the version that brings or
    changes an entry: an entry that stays as it is keeps its dates.
    """

    action: Text = ""
    legal_basis: Text = ""
    owner: Annotated[Line, Field(max_length=200)] = ""
    review_after_days: Days | None = None
    expires_after_days: Days | None = None

    def updated(self, given: "EntryDefaults | None") -> "EntryDefaults":
        """With what ``given`` says in the place of what was said before; its empty fields say nothing."""
        return self if given is None else self.model_copy(update=_said(given))

    def words(self, orders: Orders) -> Orders:
        """``orders`` with the words that the file leaves out; dates are not touched."""
        if not (self.action or self.legal_basis or self.owner):
            return orders
        return replace(
            orders,
            action=orders.action or self.action,
            legal_basis=orders.legal_basis or self.legal_basis,
            owner=orders.owner or self.owner,
        )

    def dates(self, orders: Orders, day: date) -> Orders:
        """``orders`` with the dates that the file leaves out, for an entry that comes or changes on ``day``."""
        review, expiry = orders.review_on, orders.expires_on
        if review is None and self.review_after_days is not None:
            review = day + timedelta(days=self.review_after_days)
        if expiry is None and self.expires_after_days is not None:
            expiry = day + timedelta(days=self.expires_after_days)
        return replace(orders, review_on=review, expires_on=expiry)

    @property
    def mark(self) -> str:
        """What of it is in no entry's words, and changes entries all the same."""
        days = (self.review_after_days, self.expires_after_days)
        return "" if days == (None, None) else f"{days[0]}/{days[1]}"


def _said(given: BaseModel) -> dict[str, object]:
    return {name: value for name, value in given.model_dump().items() if value not in {"", None}}
