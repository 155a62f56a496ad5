package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/transform/exact"
	"settle/transform/pricing"
)

// The demo's month is over and final: it is run on the sixth of the month after, whatever the wall clock says.
const demoCycle = extract.Cycle("2026-10")

var demoStart = time.Date(2026, 11, 6, 10, 0, 0, 0, exact.Beijing)

func (a *app) demoCommand() *cobra.Command {
	var out string
	o := bsstest.Options{Cycle: string(demoCycle), Months: 1, Resellers: 1}
	var faults bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "The whole job against the built-in BSS: no config, no network, no account",
		Long: `demo makes up a partner with customers, starts the built-in billing API on this machine, and settles two months of it: the one
before, so that there is something to compare with, and ` + string(demoCycle) + `. It leaves a folder with everything that a real run makes:
settle.yaml, pricing.xlsx, data (packages, journal, the published database) and reports.

Exit codes: 0 done, 1 failed, 2 misused (flags), 130 interrupted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Customers < 1 || o.Records < 1 || o.Customers > 100_000 || o.Records > 100_000_000 {
				return misused(fmt.Errorf("demo: %d customers and %d records: write at least 1 of each, at most 100000 customers and 100000000 records", o.Customers, o.Records))
			}
			began := time.Now()
			now := func() time.Time { return demoStart.Add(time.Since(began)) }
			world := bsstest.NewWorld(o)
			var plan *bsstest.FaultPlan
			if faults {
				plan = bsstest.DefaultFaults(o.Seed)
			}
			server := bsstest.NewServer(world, bsstest.ServerOptions{Now: now, Faults: plan})
			defer server.Close()
			cfg, err := demoConfig(out, world, server)
			if err != nil {
				return err
			}
			for _, cycle := range []extract.Cycle{demoCycle.Add(-1), demoCycle} {
				progress := a.progress()
				sum, err := runMonth(cmd.Context(), cfg, RunOptions{Cycle: cycle, Now: now, Progress: progress, Log: a.logger()})
				progress.Done()
				if err != nil {
					return err
				}
				if cycle == demoCycle {
					sum.Took = time.Since(began)
					a.printSummary(sum)
				}
			}
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
`, s.URL(), s.PlatformID(), demoTaxID(0))
	file := filepath.Join(dir, "settle.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	var b bytes.Buffer
	if err := pricing.Write(demoBook(w.Customers()), &b); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pricing.xlsx"), b.Bytes(), 0o600); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return LoadConfig(file, func(name string) (string, bool) {
		key, ok := map[string]string{"HUAWEICLOUD_SDK_AK": s.AK(), "HUAWEICLOUD_SDK_SK": s.SK()}[name]
		return key, ok
	})
}

// demoBook is a pricing workbook as finance would keep it: most customers for themselves, one group of three accounts,
// resellers, and a plan for each way of pricing.
func demoBook(customers []bsstest.Customer) *pricing.Book {
	var all []pricing.TemplateCustomer
	for i, c := range customers {
		if c.AssociationType == "1" || c.Orphan {
			continue
		}
		attached := []string{c.ResellerID}
		if c.Moved {
			attached = append(attached, c.FormerResellerID)
		}
		for _, r := range attached {
			all = append(all, pricing.TemplateCustomer{ID: c.ID, Name: c.Name, ResellerID: r, Reseller: r != "", ResellerName: fmt.Sprintf("示例二级经销商%d有限公司", i%3+1)})
		}
	}
	b := pricing.Template(all)
	plans := []string{"standard", "list-5", "payable+8", "by-service"}
	group := -1
	for i := range b.Parties {
		p := &b.Parties[i]
		p.Email, p.InvoiceKind, p.BuyerTitle, p.TaxID = "finance@"+strings.ToLower(p.ShortCode)+".example", "special", p.Name, demoTaxID(i+1)
		if i%5 == 4 {
			p.InvoiceKind = "ordinary"
		}
		if p.Kind == "customer" && group < 0 {
			group = i
		}
	}
	merged := 0
	for i := range b.Contracts {
		c := &b.Contracts[i]
		c.PricePlan = plans[i%len(plans)]
		c.AmountsIncludeTax = i%3 == 0
		// The first three accounts of their own belong to one group.
		if group >= 0 && merged < 3 && partyOf(b, c.PartyID).Kind == "customer" {
			c.PartyID, merged = b.Parties[group].ID, merged+1
		}
	}
	if group >= 0 && merged > 1 {
		b.Parties[group].Kind, b.Parties[group].Name, b.Parties[group].BuyerTitle = "group", "示例集团有限公司", "示例集团有限公司"
	}
	b.Parties = keepParties(b)
	tax := b.TaxItems[0].TaxCode
	for i, r := range []struct {
		plan, base, method, value, service, note string
		priority                                 int64
	}{
		{"list-5", "official", "discount", "0.05", "", "95 折官网价 / 5 % off list", 100},
		{"payable+8", "payable", "markup", "0.08", "", "应付加 8 % / payable plus 8 %", 100},
		{"by-service", "official", "factor", "0.88", "hws.service.type.ec2", "云主机 88 折", 10},
		{"by-service", "official", "factor", "0.92", "hws.service.type.obs", "对象存储 92 折", 10},
		{"by-service", "payable", "markup", "0.1", "", "其他应付加 10 %", 100},
	} {
		var value exact.Rate
		if err := value.SetText([]byte(r.value)); err != nil {
			panic(err) // the table above
		}
		b.Rules = append(b.Rules, pricing.Rule{
			ID: fmt.Sprintf("D%02d", i+1), PricePlan: r.plan, Priority: r.priority, ServiceTypeCode: r.service, Base: r.base, Method: r.method, Value: value, Note: r.note,
		})
	}
	if len(b.Contracts) > 0 {
		var credit exact.Money
		if err := credit.SetText([]byte("-128.5")); err != nil {
			panic(err)
		}
		b.Adjustments = append(b.Adjustments, pricing.Adjustment{
			ID: "ADJ-001", ContractNumber: b.Contracts[0].Number, FromCycle: string(demoCycle), ToCycle: string(demoCycle), Amount: credit, TaxCode: tax,
			Reason: "服务中断补偿 Service credit", ApprovedBy: "财务经理",
		})
	}
	return b
}

func partyOf(b *pricing.Book, id string) pricing.Party {
	for _, p := range b.Parties {
		if p.ID == id {
			return p
		}
	}
	return pricing.Party{}
}

// keepParties drops the parties that no contract names.
func keepParties(b *pricing.Book) (kept []pricing.Party) {
	for _, p := range b.Parties {
		for _, c := range b.Contracts {
			if c.PartyID == p.ID {
				kept = append(kept, p)
				break
			}
		}
	}
	return kept
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
