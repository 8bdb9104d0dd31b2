update report
set state = %(state)s, changed_at = now()
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
