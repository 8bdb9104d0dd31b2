-- One worker at a time drives a delivery; the lock ends with the transaction.
select pg_advisory_xact_lock(hashtextextended(%(key)s, 1))
