insert into comparison (customer, week, model, run_id)
values (%(customer)s, %(week)s, %(model)s::jsonb, %(run_id)s)
on conflict (customer, week) do update
    set model = excluded.model, run_id = excluded.run_id, created_at = now()
