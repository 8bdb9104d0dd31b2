-- A mail that a provider refuses for one of its addresses goes to each of them alone, in place of the one to all.

set local search_path to msp_reports;

alter table delivery
drop constraint delivery_state_check,
add constraint delivery_state_check
check (state in ('planned', 'prepared', 'sending', 'sent', 'unknown', 'failed', 'replaced'));

set local search_path to default;
