insert into delivery (key, customer, week, revision, sha256, channel, recipients, state)
values (
    %(key)s, %(customer)s, %(week)s, %(revision)s, %(sha256)s, %(channel)s, %(recipients)s, 'planned'
)
-- Of two workers at once the second waits for the first here, whichever constraint it meets.
on conflict do nothing
