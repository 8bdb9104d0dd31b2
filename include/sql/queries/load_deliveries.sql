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
from delivery
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
    and state <> 'replaced'
order by channel, recipients
