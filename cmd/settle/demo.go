package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/exact"
	"settle/transform/pricing"
)

// The demo's month is over and final: it is run on the sixth of the month after, whatever the wall clock says. The month before
// was settled and issued a month earlier.
const demoCycle = extract.Cycle("2026-10")

var demoStart = time.Date(2026, 11, 6, 10, 0, 0, 0, exact.Beijing)

func (a *app) demoCommand() *cobra.Command {
	var out string
	o := bsstest.Options{Cycle: string(demoCycle), Months: 1, Resellers: 1}
	var faults bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "The whole job against the built-in BSS: no config, no network, no account",
		Long: `demo makes up a partner with customers, starts the built-in billing API on this machine, and closes two months of it: the one before
is settled, issued and invoiced; then the vendor changes a record of it; and ` + string(demoCycle) + ` is settled with the difference booked
in it. The vendor's bill to the partner is imported. One monthly sum of the vendor is wrong by 0.37 on purpose (with two customers or more
that have a contract of their own): the demo must find that and nothing else, and parks the one party that it concerns. It leaves a folder with everything that a real run makes: settle.yaml, pricing.xlsx, data (packages, journal, the
published database) and reports.

Exit codes: 0 done, 1 failed, 2 misused (flags), 130 interrupted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Customers < 1 || o.Records < 1 || o.Customers > 100_000 || o.Records > 100_000_000 {
				return misused(fmt.Errorf("demo: %d customers and %d records: write at least 1 of each, at most 100000 customers and 100000000 records", o.Customers, o.Records))
			}
			d := &demo{app: a, out: out, options: o, began: time.Now(), at: demoStart.AddDate(0, -1, 0)}
			if faults {
				d.faults = bsstest.DefaultFaults(o.Seed)
			}
			sum, err := d.play(cmd.Context())
			if err != nil {
				return err
			}
			a.printSummary(sum)
			d.printFound()
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&out, "out", "demo", "`folder` for everything that is made")
	f.IntVar(&o.Customers, "customers", 20, "how many customers the partner has")
	f.IntVar(&o.Records, "records", 100_000, "how many consumption records they have in the month, all together")
	f.Uint64Var(&o.Seed, "seed", 1, "the same seed makes the same world")
	f.BoolVar(&faults, "faults", false, "the built-in BSS throttles, cuts answers, moves totals: the result is the same")
	return c
}

// demoConfig writes the demo's settle.yaml and pricing.xlsx, and reads them as any run does.
func demoConfig(dir string, w *bsstest.World, s *bsstest.Server) (*Config, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("demo: %w; name another folder with --out", err)
	}
	text := fmt.Sprintf(`# Made by settle demo. The endpoint is the built-in BSS of that run and gone with it; settle report, status and query work on.
partner:
  name: 示例云服务有限公司
  endpoint: %[1]s
  iam_endpoint: %[1]s
  platform_id: %[2]s
  indirect_partners: true
seller: {title: 示例云服务有限公司, tax_id: %[3]s, address_phone: 贵州省贵安新区示例路1号 0851-00000000, bank_account: 示例银行贵安支行 0000000000000000}
extract: {requests_per_second: 1000}
partner_bill: {own_accounts: [%[4]s]}
`, s.URL(), s.PlatformID(), demoTaxID(0), w.OwnAccount())
	file := filepath.Join(dir, "settle.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	if err := writeDemoBook(demoBook(w.Customers()), dir); err != nil {
		return nil, err
	}
	return LoadConfig(file, func(name string) (string, bool) {
		key, ok := map[string]string{"HUAWEICLOUD_SDK_AK": s.AK(), "HUAWEICLOUD_SDK_SK": s.SK()}[name]
		return key, ok
	})
}

func writeDemoBook(book *pricing.Book, dir string) error {
	var b bytes.Buffer
	if err := pricing.Write(book, &b); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pricing.xlsx"), b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

// demo is the demo at work.
type demo struct {
	*app
	out     string
	options bsstest.Options
	faults  *bsstest.FaultPlan
	began   time.Time
	at      time.Time // where the demo's clock began
	book    *pricing.Book
	cfg     *Config
	off     string // customer of whom a monthly sum is wrong
}

// demoOff is by how much the vendor's monthly sum of one customer is too high.
const demoOff = "0.37"

func (d *demo) now() time.Time { return d.at.Add(time.Since(d.began)) }

// play closes the two months and returns the summary of the newer one.
func (d *demo) play(ctx context.Context) (*Summary, error) {
	world := bsstest.NewWorld(d.options)
	server := bsstest.NewServer(world, bsstest.ServerOptions{Now: d.now, Faults: d.faults})
	defer server.Close()
	var err error
	if d.cfg, err = demoConfig(d.out, world, server); err != nil {
		return nil, err
	}
	d.book = demoBook(world.Customers())
	before := demoCycle.Add(-1)
	if _, err := d.run(ctx, before); err != nil {
		return nil, err
	}
	issued, err := changeState(ctx, d.cfg, stateChange{State: load.StateIssued, Cycle: before, Reason: "demo", Now: d.now}, d.logger(), silent{})
	if err != nil {
		return nil, err
	}
	d.at = demoStart
	direct := d.directCustomers(world)
	if issued.Issue != nil {
		if err := d.invoice(ctx, issued); err != nil {
			return nil, err
		}
		if len(direct) > 0 {
			world.Plant(bsstest.Plant{Kind: bsstest.LateChange, Cycle: string(before), CustomerID: direct[0], Amount: "88.80"})
		}
		if _, err := d.run(ctx, before); err != nil {
			return nil, err
		}
	}
	if len(direct) > 1 {
		d.off = direct[len(direct)-1]
		world.Plant(bsstest.Plant{Kind: bsstest.MonthlyBillOff, CustomerID: d.off, Amount: demoOff})
		// What the rounding model explains.
		for i, p := range []bsstest.Plant{{Kind: bsstest.Truncation, Amount: "0.12"}, {Kind: bsstest.LateUnbilled}} {
			if i+2 < len(direct) {
				p.CustomerID = direct[i+1]
				world.TryPlant(p)
			}
		}
	}
	bill := filepath.Join(d.out, "partner-bill-"+string(demoCycle)+".csv")
	if err := os.WriteFile(bill, world.PartnerBill(string(demoCycle)), 0o600); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	if _, err := importPartnerBill(ctx, d.cfg, demoCycle, bill, d.now); err != nil {
		return nil, err
	}
	sum, err := d.run(ctx, demoCycle)
	if err != nil {
		return nil, err
	}
	sum.Took = time.Since(d.began)
	return sum, d.foundWhatIsThere(ctx, sum.Snapshot)
}

// foundWhatIsThere compares the blocking findings of the demo's month with what was done to it.
func (d *demo) foundWhatIsThere(ctx context.Context, snapshot string) error {
	db, err := load.OpenSnapshot(ctx, snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	found, err := collect(ctx, db, func(text *string) []any { return []any{text} }, `
		select check_id || ' ' || coalesce(customer_id, '-') || ' ' || coalesce(cast(cast(abs(difference) as decimal(18, 2)) as varchar), '-')
		from recon.finding_list where cycle = ? and severity = 'B' and status in ('new', 'open')`, string(demoCycle))
	if err != nil {
		return fmt.Errorf("demo: findings: %w", err)
	}
	var want []string
	if d.off != "" {
		want = []string{"06 " + d.off + " " + demoOff}
	}
	if !slices.Equal(found, want) {
		return fmt.Errorf("demo: blocking findings %q, and the difference that was made is %q: report it, with the demo's flags", found, want)
	}
	return nil
}

// printFound says where the demo's difference shows.
func (d *demo) printFound() {
	if d.off == "" || d.quiet {
		return
	}
	d.print("\nOne party is parked, as it must be: the vendor's monthly sum of customer %s is %s too high. Why, in three clicks: sheet Overview of\n%s\n", d.off, demoOff,
		filepath.Join(d.cfg.Reports, string(demoCycle), "reconciliation-"+string(demoCycle)+".xlsx"))
}

func (d *demo) run(ctx context.Context, cycle extract.Cycle) (*Summary, error) {
	progress := d.progress()
	defer progress.Done()
	return runMonth(ctx, d.cfg, RunOptions{Cycle: cycle, Now: d.now, Progress: progress, Log: d.logger()})
}

// directCustomers are those with ordinary records in both months whose contract is their own party's, without a minimum that would swallow
// a change.
func (d *demo) directCustomers(world *bsstest.World) (all []string) {
	for _, c := range world.Customers() {
		for _, contract := range d.book.Contracts {
			if !c.Moved && contract.CustomerID == c.ID && contract.ResellerID == "" && !committed(d.book, contract.Number) && partyOf(d.book, contract.PartyID).Kind == pricing.KindCustomer &&
				world.HasRecords(string(demoCycle.Add(-1)), c.ID) && world.HasMonthlySum(c.ID) && !slices.Contains(all, c.ID) {
				all = append(all, c.ID)
			}
		}
	}
	return all
}

// invoice enters what the tax system answered to the requests of the month before: an invoice for each but the last.
func (d *demo) invoice(ctx context.Context, issued *stateChanged) error {
	db, err := load.OpenSnapshot(ctx, issued.Snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(ctx, `select request_no, cast(amount_excl_tax as varchar), cast(tax_amount as varchar), cast(amount_incl_tax as varchar)
		from settlement.invoice_requests where cycle = ? and status = 'requested' order by 1`, string(demoCycle.Add(-1)))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		v := pricing.Invoice{Number: fmt.Sprintf("2652%016d", 4_100_000+len(d.book.Invoices)), Date: demoDay("2026-10-12")}
		var excl, tax, incl string
		if err := rows.Scan(&v.RequestNumber, &excl, &tax, &incl); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		v.AmountExclTax, v.TaxAmount, v.AmountInclTax = demoMoney(excl), demoMoney(tax), demoMoney(incl)
		d.book.Invoices = append(d.book.Invoices, v)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if n := len(d.book.Invoices); n > 1 {
		d.book.Invoices = d.book.Invoices[:n-1] // one is still with the tax clerk
	}
	return writeDemoBook(d.book, d.out)
}

// demoTaxID makes a unified social credit code with a right check digit (GB 32100-2015).
func demoTaxID(n int) string {
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	code := fmt.Sprintf("91520900MA6D%05d", n)
	sum, weight := 0, 1
	for _, c := range code {
		sum += strings.IndexRune(digits, c) * weight
		weight = weight * 3 % 31
	}
	return code + string(digits[(31-sum%31)%31])
}
