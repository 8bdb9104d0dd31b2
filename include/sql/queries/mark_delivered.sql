update report
set state = 'delivered', changed_at = now()
where
    customer = %(customer)s
    and week = %(week)s
    and revision = %(revision)s
    and state = 'approved'
    and not rehearsed
