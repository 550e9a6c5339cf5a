"""What stands against changing, suspending, closing or withdrawing what is there."""

from __future__ import annotations

from engine.errors.base import Conflict


class ProductWithdrawn(Conflict):
    """The product is withdrawn: it can be ordered no more; ``parameters["skus"]`` has all of the request."""

    code = "product_withdrawn"
    default_remedy = "Leave it out, or offer it again: 'earmark topology withdraw product SKU --take-back'."


class StoreClosed(Conflict):
    """The store is closed: it takes no orders."""

    code = "store_closed"
    default_remedy = (
        "Ask another store, or open it again: 'earmark topology withdraw store NAME --take-back'."
    )


class StillNeeded(Conflict):
    """Live items or carts still need what is to be withdrawn; ``parameters["depends"]`` tells who."""

    code = "still_needed"
    default_remedy = "Let them end first, or withdraw it with --force: they go on, and nothing new begins."


class NameTaken(Conflict):
    """The name means another product already: it has it, or had it before."""

    code = "name_taken"
    default_remedy = "Choose another name; two products cannot become one."


class OrderNotClosed(Conflict):
    """An order has items that are not closed, or is still needed; ``parameters["orders"]`` tells of each why."""

    code = "order_not_closed"
    default_remedy = (
        "Wait until its process has closed it; 'earmark order show REF' shows where its items are."
    )


class OrderArchived(Conflict):
    """The order is archived: nothing of it can be moved any more."""

    code = "order_archived"
    default_remedy = "'earmark order show REF' shows it as it was; goods that come back are a new order."


class AmendmentRefused(Conflict):
    """The order cannot be amended so; ``parameters["problems"]`` has a path, code, message and remedy of each."""

    code = "amendment_refused"
    default_remedy = "Mend what is listed and send it again; docs/amendments.md shows what an amendment says."


class NotAmendable(AmendmentRefused):
    """Items stand where they cannot be amended."""

    code = "not_amendable"
    default_remedy = "Amend what has not gone on yet; 'earmark order show REF' tells the flags of each item."


class AmendmentConflict(Conflict):
    """The order was amended with this key before, in another way."""

    code = "amendment_conflict"
    default_remedy = "Use a new key, or send the same amendment again to get the same answer."


class AlreadySuspended(Conflict):
    """It is suspended already."""

    code = "already_suspended"
    default_remedy = "'earmark suspensions' lists what is suspended, and why; 'earmark resume' ends it."


class NotSuspended(Conflict):
    """It is not suspended."""

    code = "not_suspended"
    default_remedy = "'earmark suspensions' lists what is suspended."
