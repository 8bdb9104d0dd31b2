select
    key,
    channel,
    recipients,
    state,
    remote_ids,
    link,
    attempts,
    error,
    extract(epoch from now() - tried_at)::float as seconds_since_try
from {table}
where key = %(key)s
for update
