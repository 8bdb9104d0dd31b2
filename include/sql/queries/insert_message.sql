insert into internal_message (key, week, channel, recipients, state)
values (%(key)s, %(week)s, %(channel)s, %(recipients)s, 'planned')
on conflict (key) do nothing
