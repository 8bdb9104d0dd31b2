insert into rollup (week, left_out)
values (%(week)s, %(left_out)s::jsonb)
on conflict (week) do update set left_out = excluded.left_out
