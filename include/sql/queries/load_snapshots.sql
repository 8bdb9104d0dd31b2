select
    customer, week, system, source, status, window_start, window_end, fetched_at, requests, rows_read,
    reason, skipped, approximations, as_of, parser_version
from snapshot
where customer = %(customer)s and week = any(%(weeks)s)
order by week, system
