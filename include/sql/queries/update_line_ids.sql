update {table}
set remote_ids = remote_ids || %(remote_ids)s::jsonb, changed_at = now()
where key = %(key)s
