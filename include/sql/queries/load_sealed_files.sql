select kind, content, content_sha256 as sha256
from sealed_file
where
    customer = %(customer)s and week = %(week)s and revision = %(revision)s and sha256 = %(sha256)s
order by kind
