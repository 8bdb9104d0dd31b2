select key, channel, recipients, state, remote_ids, link, attempts, error
from delivery
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
order by channel
