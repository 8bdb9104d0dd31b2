-- What of a week's revisions is with the customer, or may be.
select revision, channel, state, changed_at
from delivery
where
    customer = %(customer)s
    and week = %(week)s
    and (%(before)s::integer is null or revision < %(before)s)
    and state in ('sent', 'sending', 'unknown')
order by revision desc, channel
