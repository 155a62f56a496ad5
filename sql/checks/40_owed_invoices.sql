-- title: No more is invoiced than was settled
-- severity: W
-- phase: documents
-- What is owed when the cycle ends: invoices beyond what was settled. What negative totals leave is taken off the party's next invoice
-- by itself; the rest needs a red-letter invoice. And an opening that is not the closing of the cycle before.
select
  g.party_id,
  'owed by ' || g.party_id || ' at ' || cast(g.tax_rate as varchar) as subject,
  'nothing' as expected,
  cast(g.owed_closing_excl_tax as varchar) || ' without tax, of which ' || cast(g.carried_closing_excl_tax as varchar) || ' carried forward' as actual,
  cast(g.owed_closing_excl_tax as decimal(38, 8)) as difference,
  case when g.owed_closing_excl_tax > g.carried_closing_excl_tax then 'W' else 'I' end as severity,
  case when g.owed_closing_excl_tax > g.carried_closing_excl_tax
    then 'more was invoiced than settled: issue the red-letter requests of the workbook, or leave it to later settlements to offset'
    else 'a negative total, which the next invoice of the party takes off' end as reason
from settlement.invoiceable_ledger as g
inner join ops.params as p on p.cycle = g.cycle
where g.owed_closing_excl_tax > 0
union all
select
  coalesce(n.party_id, b.party_id) as party_id,
  'opening of ' || coalesce(n.party_id, b.party_id) || ' at ' || cast(coalesce(n.tax_rate, b.tax_rate) as varchar) as subject,
  cast(coalesce(b.closing_excl_tax - b.owed_closing_excl_tax, 0) as varchar) as expected,
  cast(coalesce(n.opening_excl_tax - n.owed_opening_excl_tax, 0) as varchar) as actual,
  cast(coalesce(n.opening_excl_tax - n.owed_opening_excl_tax, 0) - coalesce(b.closing_excl_tax - b.owed_closing_excl_tax, 0) as decimal(38, 8)) as difference,
  'W' as severity,
  'the cycle before closed with another amount: an invoice was entered with an earlier date, or that cycle changed; run it again, then this one' as reason
from (
  select g.*
  from settlement.invoiceable_ledger as g
  inner join ops.params as p on p.cycle = g.cycle
) as n
full outer join (
  select g.*
  from settlement.invoiceable_ledger as g
  inner join ops.params as p on p.prior_cycle = g.cycle
) as b on b.party_id = n.party_id and b.tax_rate = n.tax_rate
cross join (
  select count(*) as ledgers
  from settlement.invoiceable_ledger as g
  inner join ops.params as p on p.prior_cycle = g.cycle
) as k
where k.ledgers > 0
  and coalesce(n.opening_excl_tax - n.owed_opening_excl_tax, 0) <> coalesce(b.closing_excl_tax - b.owed_closing_excl_tax, 0)
