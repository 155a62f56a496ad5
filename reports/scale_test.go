package reports

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// scale makes a month of synthetic parties, the first of them large, in a file, as a snapshot is.
func scale(t testing.TB, parties, linesEach, largeLines int) *fixture {
	t.Helper()
	path := filepath.Join(t.TempDir(), "snapshot.duckdb")
	if p := os.Getenv("SETTLE_SCALE_DB"); p != "" {
		path = p
	}
	_, err := os.Stat(path)
	fresh := err != nil
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t, db}
	if fresh {
		f.fill(parties, linesEach, largeLines)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if f.db, err = sql.Open("duckdb", path+"?access_mode=read_only&memory_limit=256MB"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.db.Close() })
	return f
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

// TestScale runs on demand, for the figures: SETTLE_SCALE=parties,lines_each,large_lines.
func TestScale(t *testing.T) {
	var parties, each, large int
	if _, err := fmt.Sscanf(strings.ReplaceAll(os.Getenv("SETTLE_SCALE"), ",", " "), "%d %d %d", &parties, &each, &large); err != nil {
		t.Skip("SETTLE_SCALE is not set")
	}
	f := scale(t, parties, each, large)
	var slice int
	fmt.Sscan(os.Getenv("SETTLE_SCALE_SLICE"), &slice)
	runtime.GC()
	start := time.Now()
	r, err := Write(context.Background(), f.db, f.options(Options{Dir: os.Getenv("SETTLE_SCALE_DIR"), sliceRows: slice}))
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	status, _ := os.ReadFile("/proc/self/status")
	var peak string
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM") {
			peak = strings.TrimSpace(line)
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	t.Logf("%d files in %v, %s, of which Go %d MB", len(r.Files), took, peak, mem.Sys>>20)
}
