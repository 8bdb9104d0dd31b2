-- When a send began, and what a person decided about one in doubt.

set local search_path to msp_reports;

alter table delivery
add column tried_at timestamptz,
add column decision text check (decision in ('arrived', 'again')),
add column decided_by text,
add column decided_at timestamptz;

-- A post that is edited instead of repeated: pinned once by a person, or the latest message of a chat.
create table standing_post (
    customer text not null,
    place text not null,
    remote_ids jsonb not null default '{}',
    week text not null,
    revision integer not null,
    confirmed_by text,
    confirmed_at timestamptz,
    primary key (customer, place)
);

set local search_path to default;
