insert into finding (
    customer, week, position, rule, source, entity, before, after, threshold, unit, severity, sentence
) values (
    %(customer)s, %(week)s, %(position)s, %(rule)s, %(source)s, %(entity)s, %(before)s, %(after)s,
    %(threshold)s, %(unit)s, %(severity)s, %(sentence)s
)
