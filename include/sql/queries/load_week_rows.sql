select distinct on (customer) customer, revision, state, model, run_id
from report
where week = %(week)s
order by customer asc, revision desc
