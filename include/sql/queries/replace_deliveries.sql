-- What stands takes the place of what certainly reached nobody; a line that was replaced may take it back.
update delivery
set
    state = case when state = 'replaced' then 'planned' else 'replaced' end,
    remote_ids = case when state = 'replaced' then '{}' else remote_ids end, -- its draft was discarded
    changed_at = now()
where
    customer = %(customer)s and week = %(week)s and revision = %(revision)s
    and channel = any(%(channels)s)
    and state in ('planned', 'prepared', 'failed', 'replaced')
    and (state = 'replaced') = (channel = %(channel)s and recipients = any(%(standing)s))
returning key, channel, recipients, state, remote_ids, link, attempts, error
