update standing_post
set confirmed_by = %(confirmed_by)s, confirmed_at = now()
where customer = %(customer)s and place = %(place)s
returning customer, place, remote_ids, week, revision, confirmed_by, confirmed_at
