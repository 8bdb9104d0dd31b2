-- Two runs may store the same week at the same time: one after the other.
select pg_advisory_xact_lock(hashtextextended(%(customer)s || '|' || %(week)s || '|' || %(system)s, 0))
