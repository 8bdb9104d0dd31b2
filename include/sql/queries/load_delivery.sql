select key, channel, recipients, state, remote_ids, link, attempts, error
from delivery
where key = %(key)s
for update
