select sha256, draft_sha256, approved_by, approved_at, how, edits
from approval
where
    customer = %(customer)s and week = %(week)s and revision = %(revision)s and sha256 = %(sha256)s
