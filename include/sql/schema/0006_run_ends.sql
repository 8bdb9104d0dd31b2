-- A run belongs to the week and the day in which it ended, as its machine's counts have it. Rows of Veeam
-- that were stored before hold the start until their week is fetched again.

set local search_path to msp_reports;

alter table backup_run rename column started_at to ended_at;

set local search_path to default;
