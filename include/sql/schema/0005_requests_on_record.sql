-- Of how much of the week a figure by requests is.

set local search_path to msp_reports;

alter table site_availability add column recorded_percent double precision;

set local search_path to default;
