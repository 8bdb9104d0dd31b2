-- The place of a new post has to be pinned anew; an edited one stays as it was pinned.
insert into standing_post (customer, place, remote_ids, week, revision)
values (%(customer)s, %(place)s, %(remote_ids)s::jsonb, %(week)s, %(revision)s)
on conflict (customer, place) do update
    set
        remote_ids = excluded.remote_ids,
        week = excluded.week,
        revision = excluded.revision,
        confirmed_by = case
            when standing_post.remote_ids = excluded.remote_ids then standing_post.confirmed_by
        end,
        confirmed_at = case
            when standing_post.remote_ids = excluded.remote_ids then standing_post.confirmed_at
        end
