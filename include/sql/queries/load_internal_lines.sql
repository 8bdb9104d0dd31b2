-- Roll-ups and notices that need a person, or all of them.
select
    key,
    week,
    channel,
    recipients,
    state,
    attempts,
    error,
    changed_at,
    decision,
    decided_by,
    decided_at
from internal_message
where
    (%(key)s::text is null or key = %(key)s)
    and (%(week)s::text is null or week = %(week)s)
    and (
        %(everything)s
        or state in ('unknown', 'failed')
        or (state <> 'sent' and changed_at < now() - %(stuck_after)s::interval)
    )
order by week desc, channel, key
