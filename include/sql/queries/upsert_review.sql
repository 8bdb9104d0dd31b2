insert into review (
    customer, week, revision, draft_sha256, approved, how, comments, reviewer, reviewed_at, run_id,
    unknown_numbers
) values (
    %(customer)s, %(week)s, %(revision)s, %(draft_sha256)s, %(approved)s, %(how)s,
    %(comments)s::jsonb, %(reviewer)s, %(reviewed_at)s, %(run_id)s,
    %(unknown_numbers)s::jsonb
)
on conflict (customer, week, revision) do update
    set
        draft_sha256 = excluded.draft_sha256, approved = excluded.approved, how = excluded.how,
        comments = excluded.comments, reviewer = excluded.reviewer, reviewed_at = excluded.reviewed_at,
        run_id = excluded.run_id, unknown_numbers = excluded.unknown_numbers
