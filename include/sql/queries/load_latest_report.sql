select customer, week, revision, state, model, markdown, pdf, sha256, run_id, rehearsed
from report
where customer = %(customer)s and week = %(week)s
order by revision desc
limit 1
