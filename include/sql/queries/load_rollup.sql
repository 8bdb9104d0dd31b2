select week, left_out
from rollup
where week = %(week)s
