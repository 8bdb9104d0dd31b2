-- An unanswered draft is replaced; anything that was answered stays, and a new revision begins. A rehearsal
-- leaves alone what waits to be sent, and what is to be sent takes no rehearsal's place.
with latest as (
    select revision, state
    from report
    where customer = %(customer)s and week = %(week)s and rehearsed = %(rehearsed)s
    order by revision desc
    limit 1
),

target as (
    select coalesce(
        (select revision from latest where state in ('draft', 'in_review')),
        (select max(revision) + 1 from report where customer = %(customer)s and week = %(week)s),
        1
    ) as revision
)

insert into report (customer, week, revision, state, model, markdown, pdf, sha256, run_id, rehearsed)
select
    %(customer)s,
    %(week)s,
    revision,
    'draft',
    %(model)s::jsonb,
    %(markdown)s,
    %(pdf)s,
    %(sha256)s,
    %(run_id)s,
    %(rehearsed)s
from target
on conflict (customer, week, revision) do update
    set
        state = 'draft', model = excluded.model, markdown = excluded.markdown, pdf = excluded.pdf,
        sha256 = excluded.sha256, run_id = excluded.run_id, changed_at = now()
returning revision
