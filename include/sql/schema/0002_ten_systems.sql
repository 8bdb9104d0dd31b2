-- What two systems of one source need to be told apart, and what vendors can only tell about now.

set local search_path to msp_reports;

alter table incident add column same_as text;

alter table site_availability
    alter column probes_due drop not null,
    add column basis text not null default 'checks' check (basis in ('checks', 'requests'));

-- One answer a day of each system that keeps no past: a week in the past is told from the one that
-- was taken nearest to its end.
create table standing (
    customer text not null,
    system text not null,
    taken_on date not null,
    taken_at timestamptz not null,
    payload bytea not null,
    primary key (customer, system, taken_on)
);

set local search_path to default;
