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
from internal_message
where key = %(key)s
for update
