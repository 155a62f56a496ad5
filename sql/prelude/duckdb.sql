-- The few functions that engines spell differently, for DuckDB, and what several models compute alike. The only divisions of
-- the project are in div_round and div_floor.

-- Whole quotient of integers, d > 0, half away from zero. On integers, because DuckDB divides decimals as DOUBLE.
create or replace macro div_round(n, d) as
  case when n < 0 then -((-2 * cast(n as hugeint) + d) // (2 * cast(d as hugeint)))
       else (2 * cast(n as hugeint) + d) // (2 * cast(d as hugeint)) end;

-- Whole quotient toward minus infinity, d > 0. It multiplies nothing: n may be as large as an integer can be.
create or replace macro div_floor(n, d) as
  case when n < 0 then -((-cast(n as hugeint) + d - 1) // cast(d as hugeint)) else cast(n as hugeint) // cast(d as hugeint) end;

-- Rounding by round() and then a cast: a narrowing cast alone truncates, and round() alone keeps the wide type.
create or replace macro round2(x) as cast(round(x, 2) as decimal(18, 2));
create or replace macro round8(x) as cast(round(x, 8) as decimal(18, 8));

-- Decimals as integers of their last place, and back.
create or replace macro cents(x) as cast(x * 100 as hugeint);
create or replace macro e8(x) as cast(cast(x as decimal(38, 8)) * 100000000 as hugeint);
create or replace macro e12(x) as cast(floor(cast(x as decimal(38, 12))) as hugeint) * 1000000000000
  + cast((cast(x as decimal(38, 12)) - floor(cast(x as decimal(38, 12)))) * 1000000000000 as hugeint);
create or replace macro rate_e10(x) as cast(cast(x as decimal(38, 10)) * 10000000000 as hugeint);
create or replace macro whole(x) as cast(x as hugeint);
create or replace macro from_cents(n) as cast(cast(n as decimal(38, 0)) * 0.01 as decimal(18, 2));
create or replace macro from_e8(n) as cast(cast(n as decimal(30, 0)) * 0.00000001 as decimal(18, 8));

-- Tax, on integers of any last place: what is left of an amount without it, and its part, where prices include it and where they do not.
create or replace macro whole_excl_tax(n, includes_tax, rate) as
  case when includes_tax then div_round(n * 10000000000, 10000000000 + rate_e10(rate)) else n end;
create or replace macro whole_tax(n, includes_tax, rate) as
  case when includes_tax then n - div_round(n * 10000000000, 10000000000 + rate_e10(rate)) else div_round(n * rate_e10(rate), 10000000000) end;

-- An amount without tax, to 8 places.
create or replace macro excl_tax(amount, includes_tax, rate) as
  case when includes_tax then from_e8(whole_excl_tax(e8(amount), true, rate)) else cast(amount as decimal(18, 8)) end;

-- A vendor's amount without tax, to 8 places: the amount itself where the vendor states it so, else what is left of it at the line's rate.
create or replace macro without_source_tax(amount, rate, source_tax) as excl_tax(amount, source_tax = 'included', coalesce(rate, 0));

-- What one balance type paid that the config does not list as invoiceable.
create or replace macro not_invoiceable(amount, balance_type, invoiceable) as
  case when invoiceable like '%' || balance_type || '%' then 0 else coalesce(amount, 0) end;

-- What vouchers paid of a record: never more than its payable amount, whatever the funding terms say; NULL: nothing.
create or replace macro voucher_funded(vouchers, payable) as
  case
    when vouchers > 0 and payable > 0 then least(vouchers, payable)
    when vouchers < 0 and payable < 0 then greatest(vouchers, payable)
  end;

-- The part of a charge that stands for what vouchers paid: the same share of it as of the payable amount.
create or replace macro voucher_share(charge, funded, payable) as
  case when funded is null then cast(0 as decimal(18, 8)) else from_e8(div_round(e8(charge) * abs(e8(funded)), abs(e8(payable)))) end;

-- The largest product of a quantity and a price that is worked out, in 10^-22: ten thousand times the largest charge. What is
-- larger has no price; without a bound it would be an error that ends the run.
create or replace macro most_e22() as cast(1000000000000000000 as hugeint) * 1000000000000000000;

-- What a method multiplies its base by; NULL: it is none that multiplies.
create or replace macro multiplier(method, value) as cast(
  case method
    when 'pass_through' then 1
    when 'factor' then value
    when 'discount' then 1 - value
    when 'markup' then 1 + value
  end as decimal(18, 10));

-- What a rule multiplies; NULL: there is nothing to multiply, and the record has no price. A savings-plan deduction (bill type
-- 23) moves no money: its list price is what the plan covered, and the plan itself was charged, so only what is payable counts.
-- A list price of 0 beside a payable amount is a missing one (compensations, deductions), not a charge of nothing.
create or replace macro price_base(base, bill_type, official, payable) as coalesce(
  case
    when base = 'payable' or bill_type = '23' then payable
    when base = 'official' and official <> 0 then official
  end,
  case when coalesce(official, 0) = 0 and coalesce(payable, 0) = 0 then 0 end
);

-- A decimal as people write it: without the zeros that end it.
create or replace macro plain(x) as
  case when cast(x as varchar) like '%.%' then rtrim(rtrim(cast(x as varchar), '0'), '.') else cast(x as varchar) end;

-- Stable short name of a text: 16 hexadecimal digits.
create or replace macro digest(t) as substring(sha256(t), 1, 16);

-- One number for the fields of a key, to find equal keys fast; equal numbers are compared field by field afterwards.
create or replace macro key_hash(a, b, c, d, e, f) as hash(a, b, c, d, e, f);

-- One SHA-256 for hashes in an order, one a line: what `sha256sum` says of them in a file.
create or replace macro content_of(hashes, place) as sha256(array_to_string(array_agg(hashes order by place), chr(10)) || chr(10));

-- How many decimal places an amount takes, to the next even number: 0, 2, 4, 6 or 8. By the remainder, which is exact and ten times
-- as fast as rounding.
create or replace macro places8(x) as
  case
    when x % 1 = 0 then 0
    when x % 0.01 = 0 then 2
    when x % 0.0001 = 0 then 4
    when x % 0.000001 = 0 then 6
    when x is not null then 8
  end;

-- One number for what a list price belongs to.
create or replace macro product_key(service_type, resource_type, product_id, spec, region, usage_type, measure_id) as
  hash(service_type, resource_type, product_id, spec, region, usage_type, measure_id);

-- Whether the list price of a record may be its quantity times one price: on-demand use of which no package and no reserved instance
-- covered a part. Larger values have no place in the arithmetic; no product of the service comes near them.
create or replace macro plainly_priced(charging_mode, bill_type, usage, official, free, reserved) as
  charging_mode = '3' and bill_type = '5' and usage > 0 and usage < 1000000000000 and official > 0 and official < 1000000000
    and coalesce(free, 0) = 0 and coalesce(reserved, 0) = 0;

-- The price of one unit that an amount and a quantity imply, in 10^-16.
create or replace macro price_e16(amount, usage) as div_round(e8(amount) * 100000000000000000000, e12(usage));
create or replace macro from_e16(n) as cast(cast(n as decimal(30, 0)) * 0.0000000000000001 as decimal(38, 16));
