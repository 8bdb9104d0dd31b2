select customer, place, remote_ids, week, revision, confirmed_by, confirmed_at
from standing_post
where customer = %(customer)s and place = %(place)s
