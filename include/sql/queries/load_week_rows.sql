select distinct on (customer) customer, revision, state, model
from report
where week = %(week)s
order by customer asc, revision desc
