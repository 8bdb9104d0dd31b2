"""Which customers this run is for."""

from __future__ import annotations

import logging

from msp_reports.customer_files import Customers, read_customers
from msp_reports.domain.customer import Customer
from msp_reports.domain.errors import UnknownCustomerError
from msp_reports.steps.run import CustomerWeek, Run, current_run
from msp_reports.store.collections import CollectionRepository
from msp_reports.store.database import transaction
from msp_reports.store.rollups import RollupRepository

log = logging.getLogger(__name__)


def list_customers() -> list[CustomerWeek]:
    """Return the customers to report, with the week of each, and announce their collection.

    A wrong file leaves its customer out; it is named in the log and in the roll-up.

    Raises:
        UnknownCustomerError: the run was asked for a code that no file defines.
    """
    run = current_run()
    customers = read_customers()
    for wrong in customers.left_out:
        log.error("customer left out: %s", wrong)
    chosen = choose(customers, run)
    with transaction() as connection:
        CollectionRepository(connection).open(
            run_id=run.run_id, customers=[(ref["code"], ref["week"]) for ref in chosen]
        )
        if run.delivers:
            for week in sorted({ref["week"] for ref in chosen}):
                RollupRepository(connection).plan(week, [str(wrong) for wrong in customers.left_out])
    return chosen


def choose(customers: Customers, run: Run) -> list[CustomerWeek]:
    """Select the run's customers, in the order of their codes.

    Raises:
        UnknownCustomerError: the run was asked for a code that no file defines.
        CustomerFileError: it was asked for a customer whose file is wrong.
    """
    usable = customers.usable
    if run.customer_code is not None:
        usable = tuple(customer for customer in usable if customer.code == run.customer_code)
        if not usable:
            for wrong in customers.left_out:
                if wrong.file == f"{run.customer_code}.yaml":
                    raise wrong
            raise UnknownCustomerError(run.customer_code, customers.codes())
    return [
        CustomerWeek(code=customer.code, week=run.week(customer.zone).label)
        for customer in usable
        if _is_served(customer, run)
    ]


def _is_served(customer: Customer, run: Run) -> bool:
    week = run.week(customer.zone)
    if customer.is_served_in(week):
        return True
    log.info("%s is not reported for %s: service begins %s", customer.code, week, customer.service_start)
    return False
