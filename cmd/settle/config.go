package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"settle/extract"
	"settle/extract/bss"
)

// Config is settle.yaml. Paths are absolute once read. It holds no secret: Credentials says where they are.
type Config struct {
	Partner        PartnerConfig     `yaml:"partner"`
	Seller         SellerConfig      `yaml:"seller"`
	Data           string            `yaml:"data"`             // packages, journal, warehouse, snapshots
	Reports        string            `yaml:"reports"`          // workbooks
	Pricing        string            `yaml:"pricing"`          // the pricing workbook
	ShareWithGroup bool              `yaml:"share_with_group"` // published snapshots and reports are readable by the group
	Extract        ExtractConfig     `yaml:"extract"`
	Settlement     SettlementConfig  `yaml:"settlement"`
	Close          CloseConfig       `yaml:"close"`
	Schedule       ScheduleConfig    `yaml:"schedule"`
	PartnerBill    PartnerBillConfig `yaml:"partner_bill"`
	Bandwidth      BandwidthConfig   `yaml:"bandwidth"`

	file   string // as given
	lookup func(string) (string, bool)
	lines  map[string]int

	anySpace   bool          // tests let a run begin on a disk that is too small
	threads    int           // of the warehouse; tests, which run side by side, take one each; 0 means one per core
	firstRetry time.Duration // how long the client waits before it tries a request again; 0 = its own default. Tests shorten it.
}

// PartnerConfig says whose month is settled, and how the billing API is reached.
type PartnerConfig struct {
	Name             string `yaml:"name"`              // the partner, on documents
	Site             string `yaml:"site"`              // china, the only one for now
	Endpoint         string `yaml:"endpoint"`          // "": the site's; http:// only for loopback
	IAMEndpoint      string `yaml:"iam_endpoint"`      // likewise
	PlatformID       string `yaml:"platform_id"`       // xaccountType of Partner Center: the name of the customers' agencies; "": their own data is skipped
	IndirectPartners bool   `yaml:"indirect_partners"` // distributors: also the customers of tier-2 resellers
	Credentials      string `yaml:"credentials"`       // "env", or an absolute path
}

// SellerConfig is the seller's side of invoices and statements.
type SellerConfig struct {
	Title        string `yaml:"title"`
	TaxID        string `yaml:"tax_id"`
	AddressPhone string `yaml:"address_phone"`
	BankAccount  string `yaml:"bank_account"`
}

// ExtractConfig says how fast the API is asked.
type ExtractConfig struct {
	RequestsPerSecond int    `yaml:"requests_per_second"` // of each API path
	Workers           int    `yaml:"workers"`             // windows fetched at once
	Language          string `yaml:"language"`            // of names: zh_CN or en_US
}

// SettlementConfig says what is settled.
type SettlementConfig struct {
	IncludeReferral     bool     `yaml:"include_referral"`     // customers whom the vendor invoices itself are settled too
	SummaryAmount       string   `yaml:"summary_amount"`       // what the monthly sums are compared with: one of summaryAmounts
	SourceAmountTax     string   `yaml:"source_amount_tax"`    // whether the vendor's amounts are free of tax, for margins: excluded, or included
	InvoiceLineLimit    int      `yaml:"invoice_line_limit"`   // most lines of one invoice request, 1 to 2000
	VouchersInvoiceable []string `yaml:"vouchers_invoiceable"` // balance types that are invoiceable although vouchers are not
}

// CloseConfig says when a month is final and what difference is still none.
type CloseConfig struct {
	FinalAfter         string `yaml:"final_after"`          // day and time (UTC+8) of the month after: "5T14:00"
	TolerancePerCharge string `yaml:"tolerance_per_charge"` // yuan, a decimal text

	MonthOnMonth MonthOnMonthConfig `yaml:"month_on_month"`
}

// MonthOnMonthConfig says how far a customer's usage of a service may be from the month before: what is beyond both is shown.
type MonthOnMonthConfig struct {
	Percent int    `yaml:"percent"` // of the month before, 0 to 10000
	Amount  string `yaml:"amount"`  // yuan, a decimal text
}

// ScheduleConfig is read by settle schedule only.
type ScheduleConfig struct {
	Timezone string `yaml:"timezone"` // of the cron entries, as in Asia/Shanghai
	Listen   string `yaml:"listen"`   // health and metrics; "": none
	Jobs     []Job  `yaml:"jobs"`
}

// Job is one cron entry.
type Job struct {
	Name  string `yaml:"name"`
	Cron  string `yaml:"cron"`
	Cycle string `yaml:"cycle"` // previous | current
	Mode  string `yaml:"mode"`  // prelim | final | "" (final once the calendar allows it)
}

// sites holds what differs from site to site.
var sites = map[string]struct{ endpoint, iam string }{
	"china": {"https://bss.myhuaweicloud.com", "https://iam.myhuaweicloud.com"},
}

func defaultConfig() *Config {
	return &Config{
		Partner: PartnerConfig{Site: "china", Credentials: "env"},
		Data:    "data", Reports: "reports", Pricing: "pricing.xlsx",
		Extract:     ExtractConfig{RequestsPerSecond: 10, Workers: 8, Language: "zh_CN"},
		Settlement:  SettlementConfig{SummaryAmount: "payable", SourceAmountTax: "excluded", InvoiceLineLimit: 2000},
		Close:       CloseConfig{FinalAfter: "5T14:00", TolerancePerCharge: "0.01", MonthOnMonth: MonthOnMonthConfig{Percent: 50, Amount: "100.00"}},
		PartnerBill: PartnerBillConfig{Encoding: "auto"},
		Schedule:    ScheduleConfig{Timezone: "Asia/Shanghai", Listen: "127.0.0.1:9464"},
	}
}

const maxConfig = 64 << 10

// LoadConfig reads and checks the file. Its error is a *ConfigError with everything wrong at once, or says why the file
// could not be read. lookup is the environment; nil means the process's own.
func LoadConfig(file string, lookup func(string) (string, bool)) (*Config, error) {
	text, err := readSmall(file, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, misused(fmt.Errorf("read config %s: no such file; write it (see the README), name another with --config, or try settle demo", file))
	}
	if err != nil {
		return nil, misused(fmt.Errorf("read config %s: %w", file, err))
	}
	if lookup == nil {
		lookup = os.LookupEnv
	}
	cfg, err := parseConfig(file, text, lookup)
	if err != nil {
		return nil, misused(err)
	}
	return cfg, nil
}

func parseConfig(file string, text []byte, lookup func(string) (string, bool)) (*Config, error) {
	cfg := defaultConfig()
	cfg.file, cfg.lookup = file, lookup
	r := yamlReader{lookup: lookup}
	if !r.read(text, cfg) {
		return nil, &ConfigError{file, r.problems}
	}
	cfg.lines = r.lines
	base, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("read config %s: %w", file, err)
	}
	cfg.resolve(base)
	problems := r.problems
	for _, p := range cfg.Validate() {
		if !r.reported(p.Key) {
			problems = append(problems, p)
		}
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
	if len(problems) > 0 {
		return nil, &ConfigError{file, problems}
	}
	return cfg, nil
}

// resolve makes paths absolute (relative ones are relative to the config file) and fills the site's addresses.
func (c *Config) resolve(base string) {
	for _, p := range []*string{&c.Data, &c.Reports, &c.Pricing} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
	if p := &c.Partner.Credentials; *p != "env" && *p != "" && !filepath.IsAbs(*p) {
		*p = filepath.Join(base, *p)
	}
	if site, ok := sites[c.Partner.Site]; ok {
		if c.Partner.Endpoint == "" {
			c.Partner.Endpoint = site.endpoint
		}
		if c.Partner.IAMEndpoint == "" {
			c.Partner.IAMEndpoint = site.iam
		}
	}
}

// readSmall reads a file of bounded size.
func readSmall(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no regular file; name a file")
	}
	if info.Size() > most {
		return nil, fmt.Errorf("has %d bytes; a file of this kind has fewer than %d: is it the right one?", info.Size(), most)
	}
	return os.ReadFile(path)
}

// BSSCredentials reads the partner's key pair from where the config says: the environment or a file of mode 0600.
func (c *Config) BSSCredentials() (bss.Credentials, error) {
	if c.Partner.Credentials == "env" {
		get := func(name string) string { v, _ := c.lookup(name); return v }
		found := bss.Credentials{AK: get("HUAWEICLOUD_SDK_AK"), SK: get("HUAWEICLOUD_SDK_SK"), SecurityToken: get("HUAWEICLOUD_SDK_SECURITY_TOKEN")}
		if found.AK == "" || found.SK == "" {
			return bss.Credentials{}, misused(errors.New("credentials: HUAWEICLOUD_SDK_AK or HUAWEICLOUD_SDK_SK is not set; " +
				"export both, or name a credentials file in partner.credentials"))
		}
		return found, nil
	}
	found, err := readCredentials(c.Partner.Credentials)
	if err != nil {
		return bss.Credentials{}, misused(err)
	}
	return found, nil
}

// credentialsFile is the file that partner.credentials names.
type credentialsFile struct {
	AK            Secret `yaml:"ak"`
	SK            Secret `yaml:"sk"`
	SecurityToken Secret `yaml:"security_token"`
}

// readCredentials never repeats what the file holds, not even in a message about its syntax.
func readCredentials(path string) (bss.Credentials, error) {
	info, err := os.Stat(path)
	if err != nil {
		return bss.Credentials{}, fmt.Errorf("credentials: %w; write the file with the lines ak: ... and sk: ..., mode 0600", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return bss.Credentials{}, fmt.Errorf("credentials %s: mode %04o lets others read it; chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := readSmall(path, 64<<10)
	if err != nil {
		return bss.Credentials{}, fmt.Errorf("credentials %s: %w", path, err)
	}
	var file credentialsFile
	r := yamlReader{secret: true}
	r.read(text, &file)
	if len(r.problems) > 0 {
		for i := range r.problems {
			// A key that is none, or a broken line, may be the secret itself in the wrong place.
			r.problems[i] = Problem{Line: r.problems[i].Line, What: "is not read", Remedy: "the file holds the lines ak: ..., sk: ... and, for temporary keys, security_token: ..."}
		}
		return bss.Credentials{}, &ConfigError{path, r.problems}
	}
	found := bss.Credentials{AK: file.AK.Reveal(), SK: file.SK.Reveal(), SecurityToken: file.SecurityToken.Reveal()}
	if found.AK == "" || found.SK == "" {
		return bss.Credentials{}, fmt.Errorf("credentials %s: ak or sk is missing; write both, each on a line of its own", path)
	}
	return found, nil
}

// NewClient makes the partner's API client. now and meter may be nil.
func (c *Config) NewClient(log *slog.Logger, now func() time.Time, meter bss.Meter) (*bss.Client, error) {
	credentials, err := c.BSSCredentials()
	if err != nil {
		return nil, err
	}
	return bss.NewClient(bss.Config{
		Endpoint: c.Partner.Endpoint, IAMEndpoint: c.Partner.IAMEndpoint, PlatformID: c.Partner.PlatformID,
		Credentials: credentials, Language: c.Extract.Language, RequestsPerSecond: c.Extract.RequestsPerSecond,
		Workers: c.Extract.Workers, Now: now, Meter: meter, Backoff: c.firstRetry,
	}, log)
}

// sourceID names what a run asks and as whom, without telling it: packages of another source are never mixed in.
func (c *Config) sourceID() string {
	credentials, err := c.BSSCredentials()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Partner.Endpoint + "\n" + credentials.AK + "\n" + c.Extract.Language))
	return hex.EncodeToString(sum[:8])
}

// FinalAt is the instant from which the cycle may be final (close.final_after, in UTC+8 as the vendor's calendar).
func (c *Config) FinalAt(cycle extract.Cycle) time.Time {
	day, clock, _ := parseFinalAfter(c.Close.FinalAfter)
	return cycle.End().AddDate(0, 0, day-1).Add(clock)
}

// Modes are the permissions of what is published: owner-only, or readable by the group (share_with_group).
func (c *Config) Modes() (dir, file fs.FileMode) {
	if c.ShareWithGroup {
		return 0o750, 0o640
	}
	return 0o700, 0o600
}

// Location is the zone of the schedule.
func (c *Config) Location() *time.Location {
	zone, err := time.LoadLocation(c.Schedule.Timezone)
	if err != nil {
		return time.UTC // Validate refused it
	}
	return zone
}
