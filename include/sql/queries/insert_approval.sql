insert into approval (
    customer, week, revision, sha256, draft_sha256, approved_by, approved_at, how, edits
) values (
    %(customer)s, %(week)s, %(revision)s, %(sha256)s, %(draft_sha256)s, %(approved_by)s,
    %(approved_at)s, %(how)s, %(edits)s
)
on conflict (customer, week, revision, sha256) do nothing
