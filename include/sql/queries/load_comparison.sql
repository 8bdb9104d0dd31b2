select model
from comparison
where customer = %(customer)s and week = %(week)s
