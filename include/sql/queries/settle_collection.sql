update collection
set settled = true, changed_at = now()
where customer = %(customer)s and week = %(week)s
