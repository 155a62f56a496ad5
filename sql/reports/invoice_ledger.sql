-- Cycle $1: what of a party's settlements at one tax rate is still to be invoiced, without tax; the last column is with tax.
select
  g.party_id,
  coalesce(p.name, g.party_id) as party_name,
  cast(g.tax_rate as varchar) as tax_rate,
  cast(g.opening_excl_tax as varchar) as opening_excl_tax,
  cast(g.settled_excl_tax as varchar) as settled_excl_tax,
  cast(-g.not_invoiceable_vouchers_excl_tax as varchar) as vouchers,
  cast(-g.not_invoiceable_none_excl_tax as varchar) as no_invoice,
  cast(-g.invoiced_excl_tax as varchar) as invoiced,
  cast(-g.owed_offset_excl_tax as varchar) as owed_offset,
  cast(g.closing_excl_tax as varchar) as closing_excl_tax,
  cast(g.owed_closing_excl_tax as varchar) as owed_closing_excl_tax,
  cast(g.carried_closing_excl_tax as varchar) as carried_closing_excl_tax,
  cast(g.closing_incl_tax as varchar) as closing_incl_tax
from settlement.invoiceable_ledger as g
left join settlement.parties as p on p.cycle = g.cycle and p.party_id = g.party_id
where g.cycle = $1
order by g.party_id, g.tax_rate desc
