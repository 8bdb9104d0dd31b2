select slot
from probe
where slot >= %(start)s and slot < %(end)s
group by slot
having not bool_or(ok) and count(distinct (customer, site)) > 1
order by slot
