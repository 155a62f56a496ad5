package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"settle/extract/bsstest"
	"settle/transform/pricing"

	"github.com/spf13/cobra"
)

// emulateOptions are the flags of settle emulate.
type emulateOptions struct {
	listen, cycle, writeConfig            string
	customers, records, months, resellers int
	seed                                  uint64
	faults, hostile                       bool
	requestsPerSecond                     int
}

func (a *app) emulateCommand() *cobra.Command {
	var o emulateOptions
	c := &cobra.Command{
		Use:   "emulate --listen 127.0.0.1:PORT",
		Short: "Serve the built-in BSS: a generated partner over real HTTP with real signatures",
		Long: `emulate serves a generated partner's month as the billing API would, signatures, quotas and surprises included, until it is
stopped. With --write-config DIR it also writes a config, test keys and a pricing workbook, so that

  settle emulate --listen 127.0.0.1:8090 --cycle 2026-10 --write-config /tmp/try &
  settle run --config /tmp/try/settle.yaml --cycle 2026-10

works at once. The keys are test keys and open nothing else.

Exit codes: 0 stopped by a signal, 1 failed, 2 misused (flags, DIR holds files already).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.emulate(cmd.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "loopback `ADDRESS:PORT`; port 0 picks a free one")
	f.StringVar(&o.cycle, "cycle", "previous", "the month that exists: `YYYY-MM`, previous or current")
	f.IntVar(&o.customers, "customers", 20, "`N` customers")
	f.IntVar(&o.records, "records", 2000, "`N` consumption records in the month, over all customers")
	f.IntVar(&o.months, "months", 0, "`N` earlier months that exist too")
	f.IntVar(&o.resellers, "resellers", 0, "`N` tier-2 resellers; more than 0 makes the partner a distributor")
	f.Uint64Var(&o.seed, "seed", 1, "the same `N` gives the same world")
	f.BoolVar(&o.faults, "faults", false, "disturb requests: throttling, 5xx, cut bodies, resets, moved totals")
	f.BoolVar(&o.hostile, "hostile", false, "hostile names of customers and resources")
	f.IntVar(&o.requestsPerSecond, "requests-per-second", 0, "answer 429 above `N` requests a second and API path; 0 means no quota")
	f.StringVar(&o.writeConfig, "write-config", "", "write settle.yaml, credentials.yaml and pricing.xlsx into `DIR`")
	return c
}

func (o *emulateOptions) check() error {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil || !loopback(host) {
		return fmt.Errorf("emulate: --listen %s is no loopback address; write 127.0.0.1:PORT", quoted(o.listen))
	}
	for _, n := range []struct {
		flag        string
		value, most int
	}{
		{"--customers", o.customers, 100_000}, {"--records", o.records, 100_000_000}, {"--months", o.months, 17},
		{"--resellers", o.resellers, 1000}, {"--requests-per-second", o.requestsPerSecond, 1000},
	} {
		least := 0
		if n.flag == "--customers" || n.flag == "--records" {
			least = 1
		}
		if n.value < least || n.value > n.most {
			return fmt.Errorf("emulate: %s %d is out of range; write %d to %d", n.flag, n.value, least, n.most)
		}
	}
	return nil
}

func (a *app) emulate(ctx context.Context, o emulateOptions) error {
	cycle, err := resolveCycle(o.cycle, a.now())
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return misused(err)
	}
	if o.writeConfig != "" {
		if err := nothingThere(o.writeConfig); err != nil {
			return err
		}
	}
	world := bsstest.NewWorld(bsstest.Options{Seed: o.seed, Cycle: string(cycle), Customers: o.customers, Records: o.records,
		Months: o.months, Resellers: o.resellers, Hostile: o.hostile})
	server, err := startServer(world, o, a)
	if err != nil {
		return err
	}
	defer server.Close()
	text := emulatedConfig(server, o)
	a.print("serving %s at %s: %d customers, %s consumption records\n\n", cycle, server.URL(), o.customers, thousands(int64(o.records)))
	if o.writeConfig != "" {
		if err := writeEmulatedConfig(o, server, world, text); err != nil {
			return err
		}
		a.print("settle run --config %s --cycle %s\n", filepath.Join(o.writeConfig, "settle.yaml"), cycle)
	} else {
		a.print("export HUAWEICLOUD_SDK_AK=%s\nexport HUAWEICLOUD_SDK_SK=%s\n\n# settle.yaml\n%s", server.AK(), server.SK(), text)
	}
	<-ctx.Done()
	return nil
}

// startServer turns an address that cannot be had into an error with a remedy.
func startServer(world *bsstest.World, o emulateOptions, a *app) (server *bsstest.Server, err error) {
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, fmt.Errorf("emulate: %w; choose another port, or port 0 for a free one", err)
	}
	address := l.Addr().String()
	_ = l.Close()
	options := bsstest.ServerOptions{Listen: address, RequestsPerSecond: o.requestsPerSecond, Now: a.now, Log: a.logger()}
	if o.faults {
		options.Faults = bsstest.DefaultFaults(o.seed)
	}
	return bsstest.NewServer(world, options), nil
}

// emulatedConfig is a config for the server; credentials come from the environment where no file is written.
func emulatedConfig(server *bsstest.Server, o emulateOptions) string {
	credentials, quota := "env", 1000
	if o.writeConfig != "" {
		credentials = "credentials.yaml"
	}
	if o.requestsPerSecond > 0 {
		quota = o.requestsPerSecond
	}
	var b strings.Builder
	fmt.Fprintf(&b, "partner:\n  name: 示例云服务有限公司\n  site: china\n  endpoint: %s\n  iam_endpoint: %s\n", server.URL(), server.URL())
	fmt.Fprintf(&b, "  platform_id: %s\n  indirect_partners: %t\n  credentials: %s\n", strconv.Quote(server.PlatformID()), o.resellers > 0, credentials)
	b.WriteString("seller: {title: 示例云服务有限公司, tax_id: \"\", address_phone: \"\", bank_account: \"\"}\n")
	b.WriteString("data: data\nreports: reports\npricing: pricing.xlsx\n")
	fmt.Fprintf(&b, "extract: {requests_per_second: %d, workers: 8, language: zh_CN}\n", quota)
	return b.String()
}

var emulatedFiles = []string{"settle.yaml", "credentials.yaml", "pricing.xlsx"}

func nothingThere(dir string) error {
	for _, name := range emulatedFiles {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return misused(fmt.Errorf("emulate: %s exists and is never overwritten; name another folder", filepath.Join(dir, name)))
		}
	}
	return nil
}

func writeEmulatedConfig(o emulateOptions, server *bsstest.Server, world *bsstest.World, config string) error {
	if err := os.MkdirAll(o.writeConfig, 0o700); err != nil {
		return fmt.Errorf("emulate: %w", err)
	}
	keys := fmt.Sprintf("# test keys of settle emulate\nak: %s\nsk: %s\n", strconv.Quote(server.AK()), strconv.Quote(server.SK()))
	for _, f := range []struct{ name, text string }{{"settle.yaml", config}, {"credentials.yaml", keys}} {
		if err := writeNew(filepath.Join(o.writeConfig, f.name), f.text); err != nil {
			return fmt.Errorf("emulate: %w", err)
		}
	}
	return writePricing(filepath.Join(o.writeConfig, "pricing.xlsx"), worldPricing(world))
}

func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return misused(fmt.Errorf("%s exists and is never overwritten; name another folder", path))
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// worldPricing is the workbook for a generated world: a party and a contract for every account whose consumption is
// resold, those that left or moved in the month included. Accounts under a tier-2 reseller are billed to the reseller.
func worldPricing(world *bsstest.World) *pricing.Book {
	var rows []pricing.TemplateCustomer
	for _, c := range world.Customers() {
		if c.AssociationType != resale || c.Orphan {
			continue
		}
		resellers := []string{c.ResellerID}
		if c.Moved {
			resellers = append(resellers, c.FormerResellerID)
		}
		for _, id := range resellers {
			rows = append(rows, pricing.TemplateCustomer{ID: c.ID, Name: c.Name, ResellerID: id, Reseller: id != ""})
		}
	}
	return pricing.Template(rows)
}
