-- Revisions of a run that rehearses: reviewed and sealed as any other, and never sent. What an approval is of.

set local search_path to msp_reports;

alter table report
add column rehearsed boolean not null default false;

-- Cover note and post are drawn from the model: it is approved with the bytes. Null: approved before this was kept.
alter table approval
add column model_sha256 text;

set local search_path to default;
