package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"settle/extract"

	"github.com/goccy/go-yaml"
)

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestConfigDefaults(t *testing.T) {
	minimal, err := parseConfig("/etc/settle/settle.yaml", []byte("partner: {name: 示例}\n"), environment())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	full, err := parseConfig("/etc/settle/settle.yaml", text, environment())
	if err != nil {
		t.Fatal(err)
	}
	if len(full.Schedule.Jobs) != 2 {
		t.Errorf("the example has %d jobs, want 2", len(full.Schedule.Jobs))
	}
	full.Schedule.Jobs, full.Partner.Name, full.Settlement.VouchersInvoiceable = nil, "示例", nil
	full.lines, minimal.lines, full.lookup, minimal.lookup = nil, nil, nil, nil
	if got, want := fmt.Sprintf("%+v", *full), fmt.Sprintf("%+v", *minimal); got != want {
		t.Errorf("testdata/settle.yaml does not show the defaults:\n got %s\nwant %s", got, want)
	}
	if got, want := minimal.Data, "/etc/settle/data"; got != want {
		t.Errorf("data: %s, want %s (relative to the config file)", got, want)
	}
	if got, want := minimal.Partner.Endpoint, "https://bss.myhuaweicloud.com"; got != want {
		t.Errorf("endpoint: %s, want %s", got, want)
	}
	if got, want := stamp(minimal.FinalAt("2026-12")), "2027-01-05 14:00 UTC+8"; got != want {
		t.Errorf("final at %s, want %s", got, want)
	}
}

// Everything an operator can get wrong, with the words that say so.
func TestConfigErrors(t *testing.T) {
	const name = "partner: {name: x}\n"
	for _, tt := range []struct{ about, text, want string }{
		{"empty", "", `s.yaml: partner.name: is missing; write the partner's full name; it is printed on every statement`},
		{"unknown key", name + "extrct: {workers: 1}\n", `s.yaml:2: extrct: is no known key; did you mean extract?`},
		{"unknown key below", "partner:\n  name: x\n  colour: red\n", `s.yaml:3: partner.colour: is no known key; known here: name, site, endpoint, iam_endpoint, platform_id, indirect_partners, credentials`},
		{"key in a job", name + "schedule:\n  jobs:\n    - {name: a, cron: '0 3 * * *', cycle: current, mod: final}\n", `s.yaml:4: schedule.jobs[0].mod: is no known key; did you mean mode?`},
		{"twice", name + "data: a\ndata: b\n", `s.yaml:3: data: stands a second time (first on line 2); remove one of the two`},
		{"syntax", "partner: {name: x\nseller: ]\n", `s.yaml:2: is no YAML: ',' or '}' must be specified; correct this line or the one above it`},
		{"tab", "partner:\n\tname: x\n", "s.yaml:2: is no YAML: found character '\t' that cannot start any token; correct this line or the one above it"},
		{"two documents", name + "---\ndata: x\n", `s.yaml:3: a second document begins here; leave one document, without ---`},
		{"anchor", "partner: &p {name: x}\n", "s.yaml:1: partner: anchors, aliases and tags are not read here; write the value itself"},
		{"merge", name + "seller:\n  <<: x\n", `s.yaml:3: seller: merge keys (<<) are not read here; write the keys themselves`},
		{"list for text", name + "data: [a]\n", `s.yaml:2: data: is a list; write one text`},
		{"mapping for text", name + "data: {a: b}\n", `s.yaml:2: data: is a mapping; write one text`},
		{"text for mapping", name + "extract: fast\n", `s.yaml:2: extract: is a single value; write keys of its own below it: requests_per_second, workers, language`},
		{"text for list", name + "schedule: {jobs: daily}\n", `s.yaml:2: schedule.jobs: is a single value; write a list: one "- item" a line, or [item, item]`},
		{"no number", name + "extract: {workers: 8.5}\n", `s.yaml:2: extract.workers: "8.5" is no whole number; write digits only, for example 10`},
		{"no boolean", name + "share_with_group: yes\n", `s.yaml:2: share_with_group: "yes" is neither true nor false; write true or false`},
		{"variable not set", "partner:\n  name: ${NOPE}\n", "s.yaml:2: partner.name: the environment variable NOPE is not set; export NOPE=..., or write the value itself"},
		{"lone dollar", name + "data: a$b\n", `s.yaml:2: data: holds a lone dollar sign; write ${NAME} for an environment variable, or $$ for a dollar sign`},
		{"open brace", name + "data: ${HOME\n", `s.yaml:2: data: ${ is not followed by the name of an environment variable and }; write ${NAME}, or $$ for a dollar sign`},
		{"site", "partner: {name: x, site: intl}\n", `s.yaml:1: partner.site: "intl" is no site that is supported; write china`},
		{"http", "partner: {name: x, endpoint: 'http://bss.example.com'}\n", `s.yaml:1: partner.endpoint: http:// to bss.example.com is not encrypted; use https:// (http:// is for loopback only)`},
		{"password in address", "partner: {name: x, endpoint: 'https://u:hunter2@bss.example.com'}\n", `s.yaml:1: partner.endpoint: holds a user, a query or a fragment; leave the bare address`},
		{"ftp", "partner: {name: x, iam_endpoint: 'ftp://h'}\n", `s.yaml:1: partner.iam_endpoint: has the scheme "ftp"; write an address such as https://bss.myhuaweicloud.com`},
		{"no address", "partner: {name: x, endpoint: bss}\n", `s.yaml:1: partner.endpoint: is no address; write an address such as https://bss.myhuaweicloud.com`},
		{"platform id", "partner: {name: x, platform_id: 'a b'}\n", `s.yaml:1: partner.platform_id: holds blanks or characters outside ASCII; copy xaccountType from Partner Center`},
		{"no credentials", "partner: {name: x, credentials: ''}\n", `s.yaml:1: partner.credentials: is empty; write env, or the path of a file with ak and sk, mode 0600`},
		{"credentials folder", "partner: {name: x, credentials: /}\n", `s.yaml:1: partner.credentials: / is no regular file; write env, or the path of a file with ak and sk, mode 0600`},
		{"quota", name + "extract: {requests_per_second: 0}\n", `s.yaml:2: extract.requests_per_second: is 0; set 1 to 1000; the documented quota is 10`},
		{"quota above", name + "extract: {requests_per_second: 1001}\n", `s.yaml:2: extract.requests_per_second: is 1001; set 1 to 1000; the documented quota is 10`},
		{"workers", name + "extract: {workers: 65}\n", `s.yaml:2: extract.workers: is 65; set 1 to 64`},
		{"language", name + "extract: {language: zh}\n", `s.yaml:2: extract.language: "zh" is no language of the API; write zh_CN or en_US`},
		{"summary amount", name + "settlement: {summary_amount: official}\n", `s.yaml:2: settlement.summary_amount: "official" is not supported; write the one of payable, payable_less_debt, payable_less_vouchers, payable_less_debt_and_vouchers, cash_and_credit that ties in recon.formulas`},
		{"source tax", name + "settlement: {source_amount_tax: yes}\n", `s.yaml:2: settlement.source_amount_tax: "yes" is not supported; write excluded, or included where the vendor's amounts include tax`},
		{"invoice lines", name + "settlement: {invoice_line_limit: 2001}\n", `s.yaml:2: settlement.invoice_line_limit: is 2001; set 1 to 2000, the most that a digital invoice takes`},
		{"voucher", name + "settlement:\n  vouchers_invoiceable:\n    - BALANCE_TYPE_COUPON\n    - coupon\n", `s.yaml:5: settlement.vouchers_invoiceable[1]: "coupon" is no balance type; write a code such as BALANCE_TYPE_STORED_VALUE_CARD`},
		{"final after", name + "close: {final_after: 5th}\n", `s.yaml:2: close.final_after: "5th" is no day and time; write the day and the time of the month after, for example 5T14:00`},
		{"final after 31", name + "close: {final_after: 31T14:00}\n", `s.yaml:2: close.final_after: "31T14:00": day 31 does not exist in every month (1 to 28 do); write the day and the time of the month after, for example 5T14:00`},
		{"final after 25 h", name + "close: {final_after: 5T25:00}\n", `s.yaml:2: close.final_after: "5T25:00": there is no such time of day; write the day and the time of the month after, for example 5T14:00`},
		{"tolerance", name + "close: {tolerance_per_charge: 1e-2}\n", `s.yaml:2: close.tolerance_per_charge: "1e-2" is no amount; write yuan with up to 8 decimals, for example "0.01"`},
		{"negative tolerance", name + "close: {tolerance_per_charge: -0.01}\n", `s.yaml:2: close.tolerance_per_charge: "-0.01" is no amount; write yuan with up to 8 decimals, for example "0.01"`},
		{"month on month", name + "close:\n  month_on_month:\n    percent: -1\n    amount: much\n", "s.yaml:4: close.month_on_month.percent: is -1; set 0 to 10000; 50 shows what is more than half as much again, or less than half\n" +
			`s.yaml:5: close.month_on_month.amount: "much" is no amount; write yuan with up to 8 decimals, for example "100.00"`},
		{"bill encoding", name + "partner_bill:\n  encoding: big5\n", `s.yaml:3: partner_bill.encoding: "big5" is not read; write auto, utf-8 or gb18030 (which covers GBK)`},
		{"bill account", name + "partner_bill: {own_accounts: [' ']}\n", `s.yaml:2: partner_bill.own_accounts[0]: is empty; write the account's id, or remove it`},
		{"bill columns", name + "partner_bill:\n  columns: {customer_id: A, amount: A}\n", `s.yaml:3: partner_bill.columns.amount: is the header of customer_id too; name two columns of the file`},
		{"same folder", name + "data: x\nreports: ./x\n", `s.yaml:3: reports: is the same folder as data; choose two folders`},
		{"question mark", name + "data: 'a?b'\n", `s.yaml:2: data: holds one of ? # % or a zero byte: "/cfg/a?b"; choose another path`},
		{"empty path", name + "pricing: ''\n", `s.yaml:2: pricing: is empty; write a path, absolute or relative to the config file`},
		{"zone", name + "schedule: {timezone: Mars/Base}\n", `s.yaml:2: schedule.timezone: "Mars/Base" is no time zone; write an IANA name such as Asia/Shanghai`},
		{"listen", name + "schedule: {listen: '9464'}\n", `s.yaml:2: schedule.listen: "9464" is no address to listen on; write host:port, for example 127.0.0.1:9464, or "" for none`},
		{"31 February", oneJob("0 0 31 2 *", "previous", "final"), `s.yaml:4: schedule.jobs[0].cron: "0 0 31 2 *" never comes: no month has that day; write minute, hour, day, month and weekday, for example "30 14 5-9 * *"`},
		{"minute 61", oneJob("61 * * * *", "previous", "final"), `s.yaml:4: schedule.jobs[0].cron: "61 * * * *" is no cron expression: end of range (61) above maximum (59): 61; write minute, hour, day, month and weekday, for example "30 14 5-9 * *"`},
		{"six fields", oneJob("0 0 3 * * *", "previous", "final"), `s.yaml:4: schedule.jobs[0].cron: "0 0 3 * * *" is no cron expression: expected exactly 5 fields, found 6: [0 0 3 * * *]; write minute, hour, day, month and weekday, for example "30 14 5-9 * *"`},
		{"cron with zone", oneJob("TZ=0", "previous", "final"), `s.yaml:4: schedule.jobs[0].cron: names a time zone; set schedule.timezone instead`},
		{"every", oneJob("@every 1h", "previous", "final"), `s.yaml:4: schedule.jobs[0].cron: @every counts from the start of the process, so that nobody can say what was missed; write minute, hour, day, month and weekday, for example "30 14 5-9 * *"`},
		{"job cycle", oneJob("0 3 * * *", "2026-10", "prelim"), `s.yaml:4: schedule.jobs[0].cycle: "2026-10" is no cycle for a job; write previous or current`},
		{"job mode", oneJob("0 3 * * *", "current", "draft"), `s.yaml:4: schedule.jobs[0].mode: "draft" is no mode; write prelim or final`},
		{"final current", oneJob("0 3 * * *", "current", "final"), `s.yaml:4: schedule.jobs[0].mode: the current month is never final; set cycle: previous, or mode: prelim`},
		{"two names", oneJob("0 3 * * *", "current", "prelim") + "    - {name: a, cron: '0 4 * * *', cycle: current, mode: prelim}\n", `s.yaml:5: schedule.jobs[1].name: "a" is the name of two jobs; rename one`},
		{"all at once", "partner: {name: x, site: moon}\nextract:\n  workers: 0\n  speed: 3\nclose: {final_after: x}\n",
			"s.yaml:1: partner.site: \"moon\" is no site that is supported; write china\n" +
				"s.yaml:3: extract.workers: is 0; set 1 to 64\n" +
				"s.yaml:4: extract.speed: is no known key; known here: requests_per_second, workers, language\n" +
				`s.yaml:5: close.final_after: "x" is no day and time; write the day and the time of the month after, for example 5T14:00`},
	} {
		t.Run(tt.about, func(t *testing.T) {
			_, err := parseConfig("/cfg/s.yaml", []byte(tt.text), environment())
			if err == nil {
				t.Fatalf("accepted; want %s", tt.want)
			}
			if got := strings.ReplaceAll(err.Error(), "/cfg/s.yaml", "s.yaml"); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the message repeats a password")
			}
		})
	}
}

func oneJob(cron, cycle, mode string) string {
	return fmt.Sprintf("partner: {name: x}\nschedule:\n  jobs:\n    - {name: a, cron: '%s', cycle: %s, mode: %s}\n", cron, cycle, mode)
}

func TestConfigExpansion(t *testing.T) {
	text := "partner:\n  name: \"${NAME} $$5 ${EMPTY}x\"\n  indirect_partners: ${YES}\nseller: {bank_account: 6222021234567890123456, tax_id: 0123}\nextract: {workers: '${N}'}\nclose: {tolerance_per_charge: 0.10}\n"
	cfg, err := parseConfig("s.yaml", []byte(text), environment("NAME", "云 ${N}\nsite: moon", "EMPTY", "", "YES", "true", "N", "3"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cfg.Partner.Name, "云 ${N}\nsite: moon $5 x"; got != want {
		t.Errorf("name %q, want %q: a value is neither expanded twice nor read as YAML", got, want)
	}
	if !cfg.Partner.IndirectPartners || cfg.Extract.Workers != 3 {
		t.Errorf("indirect_partners %v, workers %d", cfg.Partner.IndirectPartners, cfg.Extract.Workers)
	}
	if cfg.Seller.BankAccount != "6222021234567890123456" || cfg.Seller.TaxID != "0123" || cfg.Close.TolerancePerCharge != "0.10" {
		t.Errorf("texts that look like numbers changed: %+v %+v", cfg.Seller, cfg.Close)
	}
}

func TestConfigCredentials(t *testing.T) {
	dir := t.TempDir()
	const ak, sk = "AKIDTEST", "sk-v3ry-s3cr3t"
	read := func(t *testing.T, text string, mode os.FileMode) error {
		t.Helper()
		path := filepath.Join(dir, "keys.yaml")
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		cfg := &Config{Partner: PartnerConfig{Credentials: path}}
		found, err := cfg.BSSCredentials()
		if err == nil && (found.AK != ak || found.SK != sk) {
			t.Error("other credentials came out than went in")
		}
		if err != nil && (strings.Contains(err.Error(), sk) || strings.Contains(err.Error(), ak)) {
			t.Errorf("the message tells a secret: %v", err)
		}
		if err != nil {
			return errors.New(strings.ReplaceAll(err.Error(), path, "keys.yaml"))
		}
		return nil
	}
	for _, tt := range []struct {
		about, text string
		mode        os.FileMode
		want        string
	}{
		{"good", "ak: " + ak + "\nsk: " + sk + "\n", 0o600, ""},
		{"token and dollar", "ak: " + ak + "\nsk: " + sk + "\nsecurity_token: a$b\n", 0o400, ""},
		{"open to all", "ak: " + ak + "\nsk: " + sk + "\n", 0o644, "credentials keys.yaml: mode 0644 lets others read it; chmod 600 keys.yaml"},
		{"no sk", "ak: " + ak + "\n", 0o600, "credentials keys.yaml: ak or sk is missing; write both, each on a line of its own"},
		{"secret as key", "ak: " + ak + "\n" + sk + ": x\n", 0o600, "keys.yaml:2: is not read; the file holds the lines ak: ..., sk: ... and, for temporary keys, security_token: ..."},
		{"secret as text", sk, 0o600, "keys.yaml:1: is not read; the file holds the lines ak: ..., sk: ... and, for temporary keys, security_token: ..."},
		{"broken", "ak: [" + ak + "\nsk: \"" + sk, 0o600, "keys.yaml:2: is not read; the file holds the lines ak: ..., sk: ... and, for temporary keys, security_token: ..."},
	} {
		t.Run(tt.about, func(t *testing.T) {
			err := read(t, tt.text, tt.mode)
			if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
	t.Run("environment", func(t *testing.T) {
		cfg := &Config{Partner: PartnerConfig{Credentials: "env"}, lookup: environment("HUAWEICLOUD_SDK_AK", ak)}
		_, err := cfg.BSSCredentials()
		want := "credentials: HUAWEICLOUD_SDK_AK or HUAWEICLOUD_SDK_SK is not set; export both, or name a credentials file in partner.credentials"
		if err == nil || err.Error() != want || exitCode(err, false) != exitMisused {
			t.Errorf("got %v, want %s", err, want)
		}
		cfg.lookup = environment("HUAWEICLOUD_SDK_AK", ak, "HUAWEICLOUD_SDK_SK", sk, "HUAWEICLOUD_SDK_SECURITY_TOKEN", "tok")
		if found, err := cfg.BSSCredentials(); err != nil || found.SK != sk || found.SecurityToken != "tok" {
			t.Errorf("got %v", err)
		}
	})
}

func TestSecretNeverPrints(t *testing.T) {
	s := Secret{"s3cr3t"}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "p", &s, "in", credentialsFile{SK: s})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "in", credentialsFile{SK: s})
	asJSON, _ := json.Marshal(map[string]any{"s": s, "p": &s, "in": credentialsFile{SK: s}})
	asYAML, _ := yaml.Marshal(map[string]any{"s": s, "in": credentialsFile{SK: s}})
	all := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %+v %#v", s, s, s, s, s, s, s, &s, credentialsFile{SK: s}, credentialsFile{SK: s}) +
		log.String() + string(asJSON) + string(asYAML)
	if strings.Contains(all, "s3cr3t") || strings.Contains(all, fmt.Sprintf("%x", "s3cr3t")) {
		t.Errorf("the secret shows: %s", all)
	}
	if s.Reveal() != "s3cr3t" {
		t.Error("Reveal")
	}
}

func TestConfigFile(t *testing.T) {
	dir := t.TempDir()
	_, err := LoadConfig(filepath.Join(dir, "none.yaml"), environment())
	want := "read config " + dir + "/none.yaml: no such file; write it (see the README), name another with --config, or try settle demo"
	if err == nil || err.Error() != want || exitCode(err, false) != exitMisused {
		t.Errorf("got %v (exit %d), want %s", err, exitCode(err, false), want)
	}
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxConfig+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadConfig(big, environment()); err == nil || !strings.Contains(err.Error(), "is it the right one?") {
		t.Errorf("a huge file: %v", err)
	}
	if _, err := LoadConfig(dir, environment()); err == nil || !strings.Contains(err.Error(), "is no regular file") {
		t.Errorf("a folder: %v", err)
	}
}

// FuzzConfig: whatever is in the file, reading it ends, and ends with a sound config or with problems that have words. A
// secret of the environment appears in no message.
func FuzzConfig(f *testing.F) {
	example, err := os.ReadFile("testdata/settle.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(example), "partner: {name: x}\n", "partner: &a [*a]\n", "a: !!binary x\n", "? [a]\n: b\n", "- - -\n", "partner:\n  name: ${S}\nextract: {workers: ${S}}\n", "schedule: {jobs: [{cron: 'TZ='}]}\n", "%YAML 1.2\n---\n", "{", "\x00", "partner: |\n  x\n"} {
		f.Add([]byte(seed))
	}
	const secret = "v3ry-s3cr3t-value"
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, err := parseConfig("s.yaml", text, environment("S", secret))
		if err == nil {
			if cfg.Partner.Name == "" || cfg.Extract.Workers < 1 || cfg.FinalAt(extract.Cycle("2026-10")).Before(extract.Cycle("2026-10").End()) {
				t.Errorf("accepted an unsound config: %+v", cfg)
			}
			return
		}
		var problems *ConfigError
		if !errors.As(err, &problems) || len(problems.Problems) == 0 {
			t.Fatalf("an error without problems: %v", err)
		}
		for _, p := range problems.Problems {
			if p.What == "" || p.Remedy == "" {
				t.Errorf("a problem without words or remedy: %+v", p)
			}
		}
	})
}
