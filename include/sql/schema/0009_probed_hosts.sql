-- Which host a probe asked: sites of one host that fail together do not show that our own line was down.

set local search_path to msp_reports;

alter table probe add column host text;

set local search_path to default;
