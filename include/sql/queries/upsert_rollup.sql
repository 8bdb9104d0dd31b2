insert into rollup (week, state, left_out)
values (%(week)s, 'planned', %(left_out)s::jsonb)
on conflict (week) do update set left_out = excluded.left_out, changed_at = now()
returning week, state, remote_ids, left_out
