-- All state of the weekly report. Numbers are keyed by (customer, week): running a week again
-- replaces its numbers, never another week's.

create schema if not exists msp_reports;
set local search_path to msp_reports;

create table snapshot (
    customer text not null,
    week text not null,
    system text not null,
    source text not null,
    status text not null check (status in ('ok', 'partial', 'missing')),
    window_start timestamptz not null,
    window_end timestamptz not null,
    fetched_at timestamptz not null,
    requests integer not null,
    rows_read integer not null,
    reason text,
    skipped text[] not null default '{}',
    approximations text[] not null default '{}',
    as_of timestamptz,
    parser_version integer not null,
    payload bytea,
    primary key (customer, week, system)
);

-- One fact table per record type of domain/records.py; position keeps the vendor's order.

create table device_uptime (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    device_id text not null,
    name text not null,
    site text not null,
    device_class text not null,
    window_seconds integer not null,
    planned_seconds integer not null,
    unknown_seconds integer not null,
    down_seconds integer not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table outage (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    device_id text not null,
    name text not null,
    site text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    began_before boolean not null,
    cause text not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table service_level (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    service text not null,
    sli_percent double precision,
    slo_percent double precision not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table ticket (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    ticket_id text not null,
    title text not null,
    priority text not null,
    priority_rank integer not null,
    board text not null,
    kind text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    first_response_minutes integer,
    resolve_minutes integer,
    response_breached boolean,
    resolution_breached boolean,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table backup_machine (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    machine_id text not null,
    name text not null,
    appliance text not null,
    kind text not null,
    paused boolean not null,
    last_good_known boolean not null,
    last_good_at timestamptz,
    rpo_hours integer not null,
    runs_known boolean not null,
    runs_good integer,
    runs_failed integer,
    verified_at timestamptz,
    verification_known boolean not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table backup_run (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    machine_id text not null,
    started_at timestamptz not null,
    good boolean not null,
    message text not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table incident (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    incident_id text not null,
    title text not null,
    severity text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_is_estimate boolean not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table secure_score (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    edge text not null check (edge in ('start', 'end')),
    taken_at timestamptz not null,
    percent double precision not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table control_move (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    control text not null,
    title text not null,
    before double precision not null,
    after double precision not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table site_availability (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    site text not null,
    name text not null,
    url text not null,
    probes_due integer not null,
    probes_made integer not null,
    probes_good integer not null,
    p95_ms integer,
    certificate_days integer,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

create table site_outage (
    customer text not null,
    week text not null,
    system text not null,
    position integer not null,
    site text not null,
    name text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    cause text not null,
    primary key (customer, week, system, position),
    foreign key (customer, week, system) references snapshot on delete cascade
);

-- Whether a week's numbers of a customer are being collected or settled. A later week that runs at
-- the same time waits for the earlier one to settle before it compares (invariant 6).
create table collection (
    customer text not null,
    week text not null,
    run_id text not null,
    settled boolean not null,
    changed_at timestamptz not null default now(),
    primary key (customer, week)
);

create table finding (
    customer text not null,
    week text not null,
    position integer not null,
    rule text not null,
    source text not null,
    entity text not null,
    before double precision,
    after double precision,
    threshold double precision,
    unit text not null,
    severity text not null,
    sentence text not null,
    primary key (customer, week, position)
);

-- The report model as the comparison made it: all that rendering reads, so that the same snapshots
-- give the same bytes again.
create table comparison (
    customer text not null,
    week text not null,
    model jsonb not null,
    run_id text not null,
    created_at timestamptz not null default now(),
    primary key (customer, week)
);

create table report (
    customer text not null,
    week text not null,
    revision integer not null,
    state text not null
    check (state in ('draft', 'in_review', 'approved', 'rejected', 'delivered', 'archived')),
    model jsonb not null,
    markdown text not null,
    pdf bytea not null,
    sha256 text not null,
    run_id text not null,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (customer, week, revision)
);

-- What the account engineer answered about one draft, as it was given.
create table review (
    customer text not null,
    week text not null,
    revision integer not null,
    draft_sha256 text not null,
    approved boolean not null,
    how text not null check (how in ('answered', 'marked')),
    comments jsonb not null default '{}',
    reviewer text not null,
    reviewed_at timestamptz not null,
    run_id text not null,
    primary key (customer, week, revision),
    foreign key (customer, week, revision) references report
);

-- The seal on the very bytes that may leave.
create table approval (
    customer text not null,
    week text not null,
    revision integer not null,
    sha256 text not null,
    draft_sha256 text not null,
    approved_by text not null,
    approved_at timestamptz not null,
    how text not null check (how in ('answered', 'marked')),
    edits text not null default '',
    primary key (customer, week, revision, sha256),
    foreign key (customer, week, revision) references report
);

-- The ledger. A row cannot exist without the approval of its bytes.
create table delivery (
    key text primary key,
    customer text not null,
    week text not null,
    revision integer not null,
    sha256 text not null,
    channel text not null,
    recipients text not null,
    state text not null check (state in ('planned', 'prepared', 'sending', 'sent', 'unknown', 'failed')),
    remote_ids jsonb not null default '{}',
    link text,
    attempts integer not null default 0,
    error text,
    changed_at timestamptz not null default now(),
    unique (customer, week, revision, channel, recipients),
    foreign key (customer, week, revision, sha256) references approval
);

-- The internal roll-up of a week: one post, edited in place.
create table rollup (
    week text primary key,
    state text not null check (state in ('planned', 'sending', 'sent', 'unknown', 'failed')),
    remote_ids jsonb not null default '{}',
    left_out jsonb not null default '[]',
    changed_at timestamptz not null default now()
);

create table probe (
    customer text not null,
    site text not null,
    slot timestamptz not null,
    checked_at timestamptz not null,
    ok boolean not null,
    status_code integer,
    error_kind text,
    total_ms integer,
    cert_expires_at timestamptz,
    primary key (customer, site, slot)
);

set local search_path to default;
