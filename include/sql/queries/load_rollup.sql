select week, state, remote_ids, left_out
from rollup
where week = %(week)s
