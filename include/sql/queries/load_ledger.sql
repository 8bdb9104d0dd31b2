-- Deliveries that need a person, or all of them: with the run that drew the report, and what stands after it.
select
    delivery.key,
    delivery.customer,
    delivery.week,
    delivery.revision,
    delivery.channel,
    delivery.recipients,
    delivery.state,
    delivery.attempts,
    delivery.error,
    delivery.changed_at,
    delivery.decision,
    delivery.decided_by,
    delivery.decided_at,
    report.run_id,
    (
        select max(later.revision)
        from report as later
        where
            later.customer = delivery.customer
            and later.week = delivery.week
            and later.revision > delivery.revision
            and later.state <> 'rejected'
            and not later.rehearsed
    ) as superseded_by
from delivery
inner join report
    on delivery.customer = report.customer
    and delivery.week = report.week
    and delivery.revision = report.revision
where
    (%(key)s::text is null or delivery.key = %(key)s)
    and (%(week)s::text is null or delivery.week = %(week)s)
    and (
        %(everything)s
        or delivery.state in ('unknown', 'failed')
        or (delivery.state not in ('sent', 'replaced') and delivery.changed_at < now() - %(stuck_after)s::interval)
    )
order by delivery.week desc, delivery.customer, delivery.revision, delivery.channel, delivery.recipients
