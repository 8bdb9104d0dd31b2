delete from finding
where customer = %(customer)s and week = %(week)s
