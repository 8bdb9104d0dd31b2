-- Rows without a host are of before it was kept: each of their sites counts as a host of its own.
select slot
from probe
where slot >= %(start)s and slot < %(end)s
group by slot
having count(*) = count(*) filter (where not ok and error_kind in ('dns', 'connect', 'timeout'))
    and count(distinct coalesce(host, customer || ' ' || site)) > 1
order by slot
