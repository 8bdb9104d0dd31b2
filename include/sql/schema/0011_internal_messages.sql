-- What the provider's own people are sent: the roll-up of a week, and notices of what did not arrive.
-- The same ledger as for deliveries, but for no report's bytes.

set local search_path to msp_reports;

create table internal_message (
    key text primary key,
    week text not null,
    channel text not null,
    recipients text not null,
    state text not null check (state in ('planned', 'prepared', 'sending', 'sent', 'unknown', 'failed')),
    remote_ids jsonb not null default '{}',
    link text,
    attempts integer not null default 0,
    error text,
    tried_at timestamptz,
    changed_at timestamptz not null default now(),
    decision text check (decision in ('arrived', 'again')),
    decided_by text,
    decided_at timestamptz
);

insert into internal_message (key, week, channel, recipients, state, remote_ids, changed_at)
select
    'rollup-' || week,
    week,
    'rollup',
    'the internal channel',
    state,
    remote_ids,
    changed_at
from rollup;

alter table rollup
drop column state,
drop column remote_ids,
drop column changed_at;

set local search_path to default;
