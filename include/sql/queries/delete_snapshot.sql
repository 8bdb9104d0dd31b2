delete from snapshot
where customer = %(customer)s and week = %(week)s and system = %(system)s
