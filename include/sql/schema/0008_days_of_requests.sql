-- Daily sums of a whole domain are not the requests to one site.

set local search_path to msp_reports;

alter table site_availability
    drop constraint site_availability_basis_check,
    add constraint site_availability_basis_check check (basis in ('checks', 'requests', 'days'));

set local search_path to default;
