-- Numbers that stand in a reviewer's comments and not in the report.

set local search_path to msp_reports;

alter table review add column unknown_numbers jsonb not null default '[]';

set local search_path to default;
