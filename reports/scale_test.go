package reports

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Benchmarks of size: go test -run '^$' -bench Statement -benchtime 1x ./reports. The month is written by a process of its own that opens
// the snapshot as settle does, so that what is resident is the writer's.

func BenchmarkLargeStatement(b *testing.B) { benchmarkMonth(b, 1, 0, 1_200_000) }

func BenchmarkThousandStatements(b *testing.B) { benchmarkMonth(b, 1000, 200, 0) }

func benchmarkMonth(b *testing.B, parties, linesEach, largeLines int) {
	path := filepath.Join(b.TempDir(), "snapshot.duckdb")
	if kept := os.Getenv("SETTLE_SCALE_DB"); kept != "" {
		path = kept
	}
	if _, err := os.Stat(path); err != nil {
		db, err := sql.Open("duckdb", path)
		if err != nil {
			b.Fatal(err)
		}
		(&fixture{b, db}).fill(parties, linesEach, largeLines)
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		child := exec.Command(os.Args[0], "-test.run=^TestWriteScale$", "-test.v")
		child.Env = append(os.Environ(), "SETTLE_SCALE_CHILD="+path)
		text, err := child.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, text)
		}
		m := regexp.MustCompile(`resident (\d+) MB, started with (\d+) MB, wrote (\d+) statements in (\S+) s`).FindStringSubmatch(string(text))
		if m == nil {
			b.Fatalf("the writer said\n%s", text)
		}
		for i, unit := range []string{"MB-resident", "MB-at-start", "statements", "s-writing"} {
			v, err := strconv.ParseFloat(m[i+1], 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(v, unit)
		}
	}
}

// TestWriteScale is the process that a benchmark measures.
func TestWriteScale(t *testing.T) {
	path := os.Getenv("SETTLE_SCALE_CHILD")
	if path == "" {
		t.Skip("run by the benchmarks")
	}
	limits := "memory_limit=100MB&threads=1" // as load.ReportLimits
	if l := os.Getenv("SETTLE_SCALE_LIMITS"); l != "" {
		limits = l
	}
	limits += "&temp_directory=" + t.TempDir()
	db, err := sql.Open("duckdb", path+"?access_mode=read_only&"+limits)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f := &fixture{t, db}
	before := resident(t, "VmRSS")
	start := time.Now()
	o := f.options(Options{Dir: os.Getenv("SETTLE_SCALE_DIR")}).withDefaults()
	m, err := readMonth(t.Context(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := folder{root: o.Dir, cycle: o.Cycle}
	if err := dir.prepare(m); err != nil {
		t.Fatal(err)
	}
	defer tight()()
	files, err := writeStatements(t.Context(), db, m, o, dir, m.parties, &progress{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("resident %d MB, started with %d MB, wrote %d statements in %.1f s\n", resident(t, "VmHWM"), before, len(files), time.Since(start).Seconds())
}

// resident reads a figure of this process, in MB.
func resident(t testing.TB, name string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("no figures of the process here: %v", err)
	}
	var kb int
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				t.Fatal(err)
			}
		}
	}
	return kb >> 10
}

func (f *fixture) fill(parties, linesEach, largeLines int) {
	f.t.Helper()
	f.db.SetMaxOpenConns(1)
	f.runFile("tables.sql")
	f.exec(`insert into ops.drafts values (?, 'state', 'run-20261105T060000Z', timestamp '2026-11-05 06:00:00')`, fixtureCycle)
	f.exec(fmt.Sprintf(`insert into settlement.parties select '2026-10', 'P' || lpad(i::varchar, 6, '0'), 'C' || i, '客户有限公司 ' || i, 'customer', 'both',
		'special', '客户有限公司 ' || i, '91330106MA2ABCDE7K', null, null, null from range(%d) as t (i)`, parties))
	f.exec(fmt.Sprintf(`insert into settlement.contracts select '2026-10', 'HT-' || i, 'P' || lpad(i::varchar, 6, '0'), md5(i::varchar), '', 'P1',
		date '2026-01-01', null, false, 'cloud' from range(%d) as t (i)`, parties))
	f.exec(fmt.Sprintf(`insert into source.customers select '2026-10', md5(i::varchar), '', 'acct_' || i, '客户有限公司 ' || i from range(%d) as t (i)`, parties))
	f.exec(`insert into settlement.rules values ('2026-10', 'RP1', 'official', 'discount', 0.08)`)
	f.exec(`insert into source.measure_units values ('2026-10', 'r', 4, '小时', '小时', '2', '秒', 3600)`)
	record := func(party, from string) string {
		return fmt.Sprintf(`insert into source.consumption_records
		select '2026-10', md5((%[1]s)::varchar), '', 'rec-' || md5(i::varchar), 'hws.service.type.s' || (i %% 12), '弹性云服务器 ' || (i %% 12), 'hws.resource.type.r' || (i %% 12),
		'云主机', '3', timestamp '2026-10-01' + to_minutes((i * 7919 %% 44640)::integer), date '2026-10-01' + (i * 7919 %% 44640 // 1440)::integer, 'T' || i, '5',
		md5((i %% 5000)::varchar), 'prod-node-' || (i %% 5000), '通用计算增强型 | c7.2xlarge.2', 'cn-north-4', '华北-北京四', 'p' || (i %% 40), '云主机 c7', '时长',
		1 + i %% 24, 4, null, cast((1 + i %% 24) * 1.83 as decimal(18, 8)), cast((1 + i %% 24) * 1.46 as decimal(18, 8)),
		timestamp '2026-10-01' + to_minutes((i * 7919 %% 44640)::integer), date '2026-10-01' + (i * 7919 %% 44640 // 1440)::integer,
		timestamp '2026-10-01' + to_minutes((i * 7919 %% 44640 + 60)::integer), (1 + i %% 24) * 3600, '秒', 0.92 from %[2]s`, party, from)
	}
	f.exec(record("0", fmt.Sprintf("range(%d) as t (i)", largeLines)))
	f.exec(record(fmt.Sprintf("1 + i %% %d", max(1, parties-1)), fmt.Sprintf("range(%d, %d) as t (i)", largeLines, largeLines+parties*linesEach)))
	f.settle()
}
