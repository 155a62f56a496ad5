-- settlement.current_revisions: which revision of a party's cycle counts, for those that were ever issued; of any other party it
-- is revision 0.
-- build: view
-- column revision: the issued one, or the one in work where the month was reopened
-- column closed: issued and not reopened: no run changes it
select
  v.cycle,
  v.party_id,
  case when v.closed then v.issued_revision else v.working_revision end as revision,
  v.closed
from ops.revisions as v
