select site, slot, ok, status_code, error_kind, total_ms, cert_expires_at
from probe
where customer = %(customer)s and slot >= %(start)s and slot < %(end)s
order by site, slot
