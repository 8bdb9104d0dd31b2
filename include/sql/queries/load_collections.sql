select customer, week, run_id, settled
from collection
where week = any(%(weeks)s)
