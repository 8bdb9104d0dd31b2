insert into delivery (key, customer, week, revision, sha256, channel, recipients, state)
values (
    %(key)s, %(customer)s, %(week)s, %(revision)s, %(sha256)s, %(channel)s, %(recipients)s, 'planned'
)
on conflict (key) do nothing
