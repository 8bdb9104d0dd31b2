select draft_sha256, approved, how, comments, reviewer, reviewed_at, run_id
from review
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
