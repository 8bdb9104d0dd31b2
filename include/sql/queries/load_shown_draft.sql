select sha256
from shown_draft
where customer = %(customer)s and week = %(week)s and revision = %(revision)s and run_id = %(run_id)s
