update rollup
set state = %(state)s, remote_ids = remote_ids || %(remote_ids)s::jsonb, changed_at = now()
where week = %(week)s
