package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a bare container has no zone files

	"github.com/robfig/cron/v3"
)

// summaryAmounts are the candidate formulas of the vendor's monthly amount: what it counts of a fee record is not documented.
var summaryAmounts = []string{"payable", "payable_less_debt", "payable_less_vouchers", "payable_less_debt_and_vouchers", "cash_and_credit"}

// Validate reports everything wrong with what the config says, each with the line of its key.
func (c *Config) Validate() []Problem {
	r := yamlReader{lines: c.lines}
	bad := func(key, what, remedy string) { r.add(r.line(key), key, what, remedy) }

	if strings.TrimSpace(c.Partner.Name) == "" {
		bad("partner.name", "is missing", "write the partner's full name; it is printed on every statement")
	}
	if _, known := sites[c.Partner.Site]; !known {
		bad("partner.site", quoted(c.Partner.Site)+" is no site that is supported", "write china")
	}
	for _, e := range []struct{ key, address string }{{"partner.endpoint", c.Partner.Endpoint}, {"partner.iam_endpoint", c.Partner.IAMEndpoint}} {
		if what, remedy := checkEndpoint(e.address); what != "" && e.address != "" {
			bad(e.key, what, remedy)
		}
	}
	if strings.ContainsFunc(c.Partner.PlatformID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		bad("partner.platform_id", "holds blanks or characters outside ASCII", "copy xaccountType from Partner Center")
	}
	c.checkCredentials(bad)
	c.checkPaths(bad)

	if n := c.Extract.RequestsPerSecond; n < 1 || n > 1000 {
		bad("extract.requests_per_second", fmt.Sprintf("is %d", n), "set 1 to 1000; the documented quota is 10")
	}
	if n := c.Extract.Workers; n < 1 || n > 64 {
		bad("extract.workers", fmt.Sprintf("is %d", n), "set 1 to 64")
	}
	if l := c.Extract.Language; l != "zh_CN" && l != "en_US" {
		bad("extract.language", quoted(l)+" is no language of the API", "write zh_CN or en_US")
	}
	if a := c.Settlement.SummaryAmount; !slices.Contains(summaryAmounts, a) {
		bad("settlement.summary_amount", quoted(a)+" is not supported", "write the one of "+strings.Join(summaryAmounts, ", ")+" that ties in recon.formulas")
	}
	if t := c.Settlement.SourceAmountTax; t != "excluded" && t != "included" {
		bad("settlement.source_amount_tax", quoted(t)+" is not supported", "write excluded, or included where the vendor's amounts include tax")
	}
	if n := c.Settlement.InvoiceLineLimit; n < 1 || n > 2000 {
		bad("settlement.invoice_line_limit", fmt.Sprintf("is %d", n), "set 1 to 2000, the most that a digital invoice takes")
	}
	for i, t := range c.Settlement.VouchersInvoiceable {
		if !balanceType.MatchString(t) {
			bad(fmt.Sprintf("settlement.vouchers_invoiceable[%d]", i), quoted(t)+" is no balance type", "write a code such as BALANCE_TYPE_STORED_VALUE_CARD")
		}
	}
	if _, _, err := parseFinalAfter(c.Close.FinalAfter); err != nil {
		bad("close.final_after", err.Error(), "write the day and the time of the month after, for example 5T14:00")
	}
	if !tolerance.MatchString(c.Close.TolerancePerCharge) {
		bad("close.tolerance_per_charge", quoted(c.Close.TolerancePerCharge)+" is no amount", `write yuan with up to 8 decimals, for example "0.01"`)
	}
	if n := c.Close.MonthOnMonth.Percent; n < 0 || n > 10_000 {
		bad("close.month_on_month.percent", fmt.Sprintf("is %d", n), "set 0 to 10000; 50 shows what is more than half as much again, or less than half")
	}
	if !tolerance.MatchString(c.Close.MonthOnMonth.Amount) {
		bad("close.month_on_month.amount", quoted(c.Close.MonthOnMonth.Amount)+" is no amount", `write yuan with up to 8 decimals, for example "100.00"`)
	}
	c.checkPartnerBill(bad)
	c.Bandwidth.check(bad)
	c.checkSchedule(bad)
	return r.problems
}

var (
	balanceType = regexp.MustCompile(`^BALANCE_TYPE_[A-Z_]+$`)
	tolerance   = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,8})?$`)
	finalAfter  = regexp.MustCompile(`^([0-9]{1,2})T([0-9]{2}):([0-9]{2})$`)
	jobName     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
)

func quoted(s string) string { return strconv.Quote(cut(s, 80)) }

// parseFinalAfter reads "5T14:00": a day of the month, 1 to 28 so that every month has it, and a time of day.
func parseFinalAfter(s string) (day int, clock time.Duration, err error) {
	m := finalAfter.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, errors.New(quoted(s) + " is no day and time")
	}
	day, _ = strconv.Atoi(m[1])
	hour, _ := strconv.Atoi(m[2])
	minute, _ := strconv.Atoi(m[3])
	if day < 1 || day > 28 {
		return 0, 0, fmt.Errorf("%s: day %d does not exist in every month (1 to 28 do)", quoted(s), day)
	}
	if hour > 23 || minute > 59 {
		return 0, 0, errors.New(quoted(s) + ": there is no such time of day")
	}
	return day, time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute, nil
}

// checkEndpoint refuses what would carry a signature in the clear. It never repeats an address that may hold a password.
func checkEndpoint(raw string) (what, remedy string) {
	const example = "write an address such as https://bss.myhuaweicloud.com"
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return "is no address", example
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "holds a user, a query or a fragment", "leave the bare address"
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return "", ""
	case u.Scheme == "http":
		return "http:// to " + u.Host + " is not encrypted", "use https:// (http:// is for loopback only)"
	}
	return "has the scheme " + quoted(u.Scheme), example
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkCredentials looks at a credentials file from outside only; a file that does not exist yet is reported by whoever
// needs it, so that settle status works on a machine without keys.
func (c *Config) checkCredentials(bad func(key, what, remedy string)) {
	const key = "partner.credentials"
	path := c.Partner.Credentials
	if path == "env" {
		return
	}
	if path == "" {
		bad(key, "is empty", "write env, or the path of a file with ak and sk, mode 0600")
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		bad(key, path+" is no regular file", "write env, or the path of a file with ak and sk, mode 0600")
	case info.Mode().Perm()&0o077 != 0:
		bad(key, fmt.Sprintf("%s has mode %04o: others can read it", path, info.Mode().Perm()), "chmod 600 "+path)
	}
}

func (c *Config) checkPaths(bad func(key, what, remedy string)) {
	for _, p := range []struct{ key, path string }{{"data", c.Data}, {"reports", c.Reports}, {"pricing", c.Pricing}} {
		if p.path == "" {
			bad(p.key, "is empty", "write a path, absolute or relative to the config file")
		} else if strings.ContainsAny(p.path, "?#%\x00") {
			// The database driver reads the path as an address with options behind it.
			bad(p.key, "holds one of ? # % or a zero byte: "+quoted(p.path), "choose another path")
		}
	}
	if c.Data != "" && filepath.Clean(c.Data) == filepath.Clean(c.Reports) {
		bad("reports", "is the same folder as data", "choose two folders")
	}
}

// parseCron reads a standard expression of five fields. @every is refused because the run ledger cannot tell to which
// wake-up a run belongs when wake-ups count from the start of the process.
func parseCron(expression string, zone *time.Location) (cron.Schedule, string, string) {
	const example = `write minute, hour, day, month and weekday, for example "30 14 5-9 * *"`
	e := strings.TrimSpace(expression)
	switch {
	case e == "":
		return nil, "is empty", example
	case strings.HasPrefix(e, "TZ=") || strings.HasPrefix(e, "CRON_TZ="):
		return nil, "names a time zone", "set schedule.timezone instead"
	case strings.HasPrefix(e, "@every"):
		return nil, "@every counts from the start of the process, so that nobody can say what was missed", example
	}
	schedule, err := cron.ParseStandard(e)
	if err != nil {
		return nil, quoted(e) + " is no cron expression: " + cut(err.Error(), 120), example
	}
	if s, ok := schedule.(*cron.SpecSchedule); ok {
		s.Location = zone
	}
	// The library looks five years ahead and then gives up; any start shows a 31 February.
	if schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return nil, quoted(e) + " never comes: no month has that day", example
	}
	return schedule, "", ""
}

func (c *Config) checkSchedule(bad func(key, what, remedy string)) {
	zone := time.UTC
	if z, err := time.LoadLocation(c.Schedule.Timezone); err != nil || c.Schedule.Timezone == "" || c.Schedule.Timezone == "Local" {
		bad("schedule.timezone", quoted(c.Schedule.Timezone)+" is no time zone", "write an IANA name such as Asia/Shanghai")
	} else {
		zone = z
	}
	if l := c.Schedule.Listen; l != "" {
		host, port, err := net.SplitHostPort(l)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n > 65535 || strings.ContainsAny(host, " /") {
			bad("schedule.listen", quoted(l)+" is no address to listen on", `write host:port, for example 127.0.0.1:9464, or "" for none`)
		}
	}
	seen := map[string]bool{}
	for i, job := range c.Schedule.Jobs {
		key := fmt.Sprintf("schedule.jobs[%d]", i)
		if !jobName.MatchString(job.Name) {
			bad(key+".name", quoted(job.Name)+" is no job name", "write up to 40 of a-z, 0-9, - and _")
		} else if seen[job.Name] {
			bad(key+".name", quoted(job.Name)+" is the name of two jobs", "rename one")
		}
		seen[job.Name] = true
		if _, what, remedy := parseCron(job.Cron, zone); what != "" {
			bad(key+".cron", what, remedy)
		}
		switch job.Cycle {
		case "previous", "current":
		default:
			bad(key+".cycle", quoted(job.Cycle)+" is no cycle for a job", "write previous or current")
		}
		switch {
		case job.Mode != "" && job.Mode != "prelim" && job.Mode != "final":
			bad(key+".mode", quoted(job.Mode)+" is no mode", "write prelim or final")
		case job.Mode == "final" && job.Cycle == "current":
			bad(key+".mode", "the current month is never final", "set cycle: previous, or mode: prelim")
		}
	}
}
