-- What an approval covers beside the PDF: the same report as text and as numbers.

set local search_path to msp_reports;

create table sealed_file (
    customer text not null,
    week text not null,
    revision integer not null,
    sha256 text not null,
    kind text not null check (kind in ('json', 'markdown')),
    content bytea not null,
    content_sha256 text not null,
    primary key (customer, week, revision, sha256, kind),
    foreign key (customer, week, revision, sha256) references approval
);

set local search_path to default;
