-- Which bytes each run put before its reviewer: an answer is about those and no others.

set local search_path to msp_reports;

create table shown_draft (
    customer text not null,
    week text not null,
    revision integer not null,
    run_id text not null,
    sha256 text not null,
    shown_at timestamptz not null default now(),
    primary key (customer, week, revision, run_id),
    foreign key (customer, week, revision) references report
);

set local search_path to default;
