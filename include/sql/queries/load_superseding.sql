-- A revision that was rejected takes nothing's place, nor one that is never sent.
select revision, state
from report
where
    customer = %(customer)s
    and week = %(week)s
    and revision > %(revision)s
    and state <> 'rejected'
    and not rehearsed
order by revision desc
limit 1
