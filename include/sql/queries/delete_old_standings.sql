delete from standing
where taken_at < %(moment)s
