-- title: Billed bandwidths make the charges on the bill
-- severity: B
-- phase: lines
-- owner: pricing
-- code: price_rule
-- action: compare the price in bandwidth.prices with the contract, and the billed bandwidth with check 25; then ask the vendor
-- needs: peak95_summaries, consumption_records, bandwidth_prices
-- By resource whose price the config knows: bandwidth x price x share of the month, with the bandwidth that the vendor reports
-- (check 25 says whether it is right), against the charges of the resource and usage type in the month.
with priced as (
  select
    b.*,
    -- The fee of the reported bandwidth; that of the computed one stands in usage.peak95.
    case when abs(coalesce(b.reported, b.billed)) < 1000000000 and b.unit_price < 10000000
      then from_e8(div_round(
        div_round(e8(coalesce(b.reported, b.billed)) * e8(b.unit_price), 100000000) * coalesce(
          case when b.actual_days between 0 and 366 then cast(round(b.actual_days, 10) * 10000000000 as hugeint) end,
          cast(b.valid_days as hugeint) * 10000000000
        ),
        10000000000 * cast(case when b.price_per = 'day' then 1 else date_diff('day', p.first_day, p.last_day) + 1 end as hugeint)
      )) end as should
  from usage.peak95 as b
  inner join ops.params as p on p.cycle = b.cycle
  where b.unit_price is not null and coalesce(b.reported, b.billed) is not null
),
charges as (
  select
    r.customer_id,
    r.service_type_code,
    r.resource_type_code,
    r.usage_type,
    r.resource_id,
    sum(r.official_amount) as official_amount,
    sum(r.payment_amount) as payable_amount,
    sum(r.truncated_amount) as truncated_amount,
    count(*) as records,
    min(r.record_key) as example
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  inner join (
    select distinct b.customer_id, b.resource_id, b.usage_type
    from priced as b
  ) as b on b.resource_id = r.resource_id and b.customer_id = r.customer_id and b.usage_type = r.usage_type
  group by r.customer_id, r.service_type_code, r.resource_type_code, r.usage_type, r.resource_id
),
compared as (
  select
    b.*,
    case when b.price_basis = 'official' then coalesce(c.official_amount, 0) else coalesce(c.payable_amount, 0) end as charged,
    coalesce(c.records, 0) as records,
    c.example,
    p.tolerance_per_charge * greatest(coalesce(c.records, 0), 1) as tolerance
  from priced as b
  inner join ops.params as p on p.cycle = b.cycle
  left join charges as c
    on c.customer_id = b.customer_id and c.service_type_code = b.service_type_code and c.resource_type_code = b.resource_type_code
    and c.usage_type = b.usage_type and c.resource_id = b.resource_id
)
select
  c.customer_id,
  nullif(c.reseller_id, '') as reseller_id,
  'charge of bandwidth ' || coalesce(c.resource_id, '-') || ', usage type ' || coalesce(c.usage_type, '-') as subject,
  coalesce(plain(c.should), 'beyond what can be worked out') || ' = ' || plain(coalesce(c.reported, c.billed)) || ' x ' || plain(c.unit_price)
    || ' per ' || c.price_per as expected,
  c.price_basis || ' ' || plain(c.charged) as actual,
  cast(c.charged - c.should as decimal(38, 8)) as difference,
  cast(c.tolerance as decimal(38, 8)) as tolerance,
  case
    when c.records = 0 then 'the bandwidth has a price, and the bill has no charge for it'
    else 'the charge is not bandwidth x price x share of the month'
  end as reason,
  cast(c.records as varchar) || ' charges, for example ' || coalesce(c.example, '-') || '; share of the month ' || plain(c.day_factor)
    || '; fee of the computed bandwidth ' || coalesce(plain(c.fee), '-') as detail
from compared as c
where c.should is null or abs(c.charged - c.should) > c.tolerance
