insert into standing (customer, system, taken_on, taken_at, payload)
values (
    %(customer)s, %(system)s, %(taken_on)s, %(taken_at)s, %(payload)s
)
on conflict (customer, system, taken_on) do update
set taken_at = excluded.taken_at, payload = excluded.payload
where excluded.taken_at < standing.taken_at
