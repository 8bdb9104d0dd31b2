-- The approval of these bytes, while the model that note and post are drawn from is the approved one, too.
select
    approval.sha256,
    approval.draft_sha256,
    approval.approved_by,
    approval.approved_at,
    approval.how,
    approval.edits
from approval
inner join report
    on approval.customer = report.customer
    and approval.week = report.week
    and approval.revision = report.revision
where
    approval.customer = %(customer)s
    and approval.week = %(week)s
    and approval.revision = %(revision)s
    and approval.sha256 = %(sha256)s
    and (
        approval.model_sha256 is null
        or approval.model_sha256 = encode(sha256(convert_to(report.model::text, 'UTF8')), 'hex')
    )
