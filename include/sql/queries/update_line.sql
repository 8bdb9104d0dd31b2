update {table}
set
    state = %(state)s,
    remote_ids = remote_ids || %(remote_ids)s::jsonb,
    link = coalesce(%(link)s, link),
    error = %(error)s,
    attempts = attempts + case when %(state)s = 'sending' then 1 else 0 end,
    tried_at = case when %(state)s = 'sending' then now() else tried_at end,
    changed_at = now()
where key = %(key)s
