-- An unanswered draft is replaced; anything that was answered stays, and a new revision begins.
with latest as (
    select revision, state
    from report
    where customer = %(customer)s and week = %(week)s
    order by revision desc
    limit 1
),

target as (
    select coalesce(
        (select revision + case when state in ('draft', 'in_review') then 0 else 1 end from latest), 1
    ) as revision
)

insert into report (customer, week, revision, state, model, markdown, pdf, sha256, run_id)
select
    %(customer)s,
    %(week)s,
    revision,
    'draft',
    %(model)s::jsonb,
    %(markdown)s,
    %(pdf)s,
    %(sha256)s,
    %(run_id)s
from target
on conflict (customer, week, revision) do update
    set
        state = 'draft', model = excluded.model, markdown = excluded.markdown, pdf = excluded.pdf,
        sha256 = excluded.sha256, run_id = excluded.run_id, changed_at = now()
returning revision
