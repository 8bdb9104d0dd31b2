-- The lock of lock_delivery, if nobody holds it.
select pg_try_advisory_xact_lock(hashtextextended(%(key)s, 1)) as is_mine
