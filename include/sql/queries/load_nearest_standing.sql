select taken_at, payload
from standing
where
    customer = %(customer)s
    and system = %(system)s
    and taken_at between %(moment)s::timestamptz - %(within)s::interval
    and %(moment)s::timestamptz + %(within)s::interval
order by abs(extract(epoch from taken_at - %(moment)s::timestamptz)), taken_at desc
limit 1
