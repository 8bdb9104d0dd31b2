insert into probe (
    customer, site, host, slot, checked_at, ok, status_code, error_kind, total_ms, cert_expires_at
) values %s
on conflict (customer, site, slot) do nothing
