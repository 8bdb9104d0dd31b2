select draft_sha256, approved, how, comments, reviewer, reviewed_at, run_id, unknown_numbers
from review
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
