insert into shown_draft (customer, week, revision, run_id, sha256)
values (%(customer)s, %(week)s, %(revision)s, %(run_id)s, %(sha256)s)
on conflict (customer, week, revision, run_id) do update
set sha256 = excluded.sha256, shown_at = now()
