-- settlement.account_owners: the party to which a customer's packages and bandwidth of the cycle belong. The customer's own
-- credentials know no reseller, and a quota or a monthly peak cannot be cut at the day on which an account moved: so it is the
-- party of the customer's newest contract in the month, under whatever reseller.
-- build: cycle
-- column reseller_id: tier-2 reseller of that contract; empty for a direct customer
-- column contenders: parties that would do as well: more than 1 where contracts begin on the same day and no list of customers decides
with listed as (
  select distinct
    l.customer_id,
    l.reseller_id
  from source.customer_lists as l
  inner join ops.params as p on p.cycle = l.cycle
  where l.list = 'sub_customers'
),
candidates as (
  select
    c.cycle,
    c.customer_id,
    c.reseller_id,
    c.contract_no,
    c.party_id,
    rank() over (
      partition by c.customer_id order by c.valid_from desc, case when l.customer_id is null then 1 else 0 end
    ) as place
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  left join listed as l on l.customer_id = c.customer_id and l.reseller_id = c.reseller_id
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
chosen as (
  select
    d.*,
    row_number() over (partition by d.customer_id order by d.contract_no desc, d.reseller_id) as choice
  from candidates as d
  where d.place = 1
),
contended as (
  select
    d.customer_id,
    count(distinct d.party_id) as contenders
  from candidates as d
  where d.place = 1
  group by d.customer_id
)
select
  c.cycle,
  c.customer_id,
  c.party_id,
  c.contract_no,
  c.reseller_id,
  n.contenders
from chosen as c
inner join contended as n on n.customer_id = c.customer_id
where c.choice = 1
