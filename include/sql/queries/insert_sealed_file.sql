insert into sealed_file (customer, week, revision, sha256, kind, content, content_sha256)
values (
    %(customer)s, %(week)s, %(revision)s, %(sha256)s, %(kind)s, %(content)s, %(content_sha256)s
)
on conflict (customer, week, revision, sha256, kind) do nothing
