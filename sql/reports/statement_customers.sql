-- A party of cycle $1 and a customer id that its statement settles: what `--customer` selects by.
select distinct
  party_id,
  customer_id
from settlement.lines
where cycle = $1
order by party_id, customer_id
