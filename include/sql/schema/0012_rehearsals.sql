-- Revisions of a run that rehearses: reviewed and sealed as any other, and never sent.

set local search_path to msp_reports;

alter table report
add column rehearsed boolean not null default false;

set local search_path to default;
