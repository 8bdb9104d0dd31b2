select distinct on (report.customer)
    report.customer, report.revision, report.state, report.model, report.run_id,
    coalesce(review.unknown_numbers, '[]'::jsonb) as unknown_numbers
from report
left join review
    on report.customer = review.customer
    and report.week = review.week
    and report.revision = review.revision
    and report.run_id = review.run_id
where report.week = %(week)s and report.rehearsed = %(rehearsed)s
order by report.customer asc, report.revision desc
