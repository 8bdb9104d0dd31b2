-- A revision that was rejected takes nothing's place.
select revision, state
from report
where
    customer = %(customer)s and week = %(week)s and revision > %(revision)s and state <> 'rejected'
order by revision desc
limit 1
