update report
set
    state = 'approved', model = %(model)s::jsonb, markdown = %(markdown)s, pdf = %(pdf)s,
    sha256 = %(sha256)s, changed_at = now()
where customer = %(customer)s and week = %(week)s and revision = %(revision)s
