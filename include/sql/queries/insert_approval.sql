insert into approval (
    customer, week, revision, sha256, draft_sha256, approved_by, approved_at, how, edits, model_sha256
)
select
    customer,
    week,
    revision,
    %(sha256)s,
    %(draft_sha256)s,
    %(approved_by)s,
    %(approved_at)s,
    %(how)s,
    %(edits)s,
    encode(sha256(convert_to(model::text, 'UTF8')), 'hex')
from report
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
on conflict (customer, week, revision, sha256) do nothing
