-- What a worker left in mid-send is in doubt; what never became a send has failed. Lines at which a worker
-- still is are left to it.
update {table}
set
    state = case when state = 'sending' then 'unknown' else 'failed' end,
    error = coalesce(error, 'the task ended before it was done'),
    changed_at = now()
where
    key = any(%(keys)s)
    and state in ('planned', 'prepared', 'sending')
    and pg_try_advisory_xact_lock(hashtextextended(key, 1))
