-- Only what is in doubt or failed is a person's to decide.
update {table}
set
    state = %(state)s,
    error = null,
    remote_ids = remote_ids - 'sending_id', -- Outlook's mark of a draft that may be on its way
    decision = %(decision)s, decided_by = %(decided_by)s,
    decided_at = now(), changed_at = now()
where key = %(key)s and state in ('unknown', 'failed')
returning key
