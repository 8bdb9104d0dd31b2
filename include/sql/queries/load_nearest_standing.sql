select taken_at, payload
from standing
where
    customer = %(customer)s
    and system = %(system)s
    and taken_at between %(moment)s::timestamptz - %(within)s::interval
    and %(moment)s::timestamptz + %(within)s::interval
order by taken_at < %(moment)s::timestamptz, abs(extract(epoch from taken_at - %(moment)s::timestamptz))
limit 1
