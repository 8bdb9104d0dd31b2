insert into snapshot (
    customer, week, system, source, status, window_start, window_end, fetched_at, requests, rows_read,
    reason, skipped, approximations, as_of, parser_version, payload
) values (
    %(customer)s, %(week)s, %(system)s, %(source)s, %(status)s, %(window_start)s, %(window_end)s,
    %(fetched_at)s, %(requests)s, %(rows_read)s, %(reason)s, %(skipped)s, %(approximations)s,
    %(as_of)s, %(parser_version)s, %(payload)s
)
