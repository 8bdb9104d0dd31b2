insert into collection (customer, week, run_id, settled)
values (%(customer)s, %(week)s, %(run_id)s, false)
on conflict (customer, week) do update
    set run_id = excluded.run_id, settled = false, changed_at = now()
