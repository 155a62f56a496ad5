package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"settle/load"

	_ "github.com/marcboeker/go-duckdb"
)

// snapshot makes a published database from statements and returns the config that leads to it.
func snapshot(t *testing.T, statements string) *Config {
	t.Helper()
	cfg := defaultConfig()
	cfg.Data = t.TempDir()
	dir := filepath.Join(cfg.Data, "published")
	mustNot(os.MkdirAll(dir, 0o700))
	db := must(sql.Open("duckdb", filepath.Join(dir, "2026-10-000001.duckdb")))
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	mustNot(db.Close())
	mustNot(os.Symlink("2026-10-000001.duckdb", filepath.Join(dir, load.Current)))
	return cfg
}

func ask(t *testing.T, cfg *Config, format, text string) (string, error) {
	t.Helper()
	db, err := openCurrent(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var out bytes.Buffer
	err = query(context.Background(), db, text, sinks[format](&out))
	return out.String(), err
}

const oddities = `create table t as select * from (values
  (1, cast('0.10000000' as decimal(18,8)), cast('12345678901234567890123456.789012345678' as decimal(38,12)), '云, "帆"', date '2026-10-01', timestamp '2026-10-01 00:00:00', true, 9007199254740993),
  (2, cast('-0.00000001' as decimal(18,8)), null, '', null, timestamp '2026-10-01 01:02:03.5', false, 5),
  (3, null, cast('0' as decimal(38,12)), '=cmd' || chr(27) || '[2J' || chr(10) || 'x', null, null, null, null)
) as v(id, money, quantity, name, day, at, yes, big) order by id`

func TestQueryFormats(t *testing.T) {
	cfg := snapshot(t, oddities)
	for format, want := range map[string]string{
		"table": `id        money                                 quantity  name                  day         at                     yes                 big
--  -----------  ---------------------------------------  --------------------  ----------  ---------------------  -----  ----------------
 1   0.10000000  12345678901234567890123456.789012345678  云, "帆"              2026-10-01  2026-10-01 00:00:00    true   9007199254740993
 2  -0.00000001                                     NULL                        NULL        2026-10-01 01:02:03.5  false                 5
 3         NULL                           0.000000000000  =cmd\u001b[2J\u000ax  NULL        NULL                   NULL               NULL
(3 rows)
`,
		"csv": "id,money,quantity,name,day,at,yes,big\n" +
			"1,0.10000000,12345678901234567890123456.789012345678,\"云, \"\"帆\"\"\",2026-10-01,2026-10-01 00:00:00,true,9007199254740993\n" +
			"2,-0.00000001,,\"\",,2026-10-01 01:02:03.5,false,5\n" +
			"3,,0.000000000000,\"=cmd\x1b[2J\nx\",,,,\n",
		"json": `[
{"id":1,"money":"0.10000000","quantity":"12345678901234567890123456.789012345678","name":"云, \"帆\"","day":"2026-10-01","at":"2026-10-01 00:00:00","yes":true,"big":"9007199254740993"},
{"id":2,"money":"-0.00000001","quantity":null,"name":"","day":null,"at":"2026-10-01 01:02:03.5","yes":false,"big":5},
{"id":3,"money":null,"quantity":"0.000000000000","name":"=cmd\u001b[2J\nx","day":null,"at":null,"yes":null,"big":null}
]
`} {
		got, err := ask(t, cfg, format, "select * from t order by id")
		if err != nil || got != want {
			t.Errorf("%s: %v\n got %s\nwant %s", format, err, got, want)
		}
	}
	if got, err := ask(t, cfg, "json", "select 1 as a, 2 as a where 1 = 0"); err != nil || got != "[\n]\n" {
		t.Errorf("empty json: %q, %v", got, err)
	}
	if got, err := ask(t, cfg, "json", "select 1 as a, 2 as a, [1.5, null] as l, {'k': date '2026-10-01'} as s, hugeint '170141183460469231731687303715884105727' as h"); err != nil ||
		got != "[\n"+`{"a":1,"a_2":2,"l":["1.5",null],"s":{"k":"2026-10-01 00:00:00"},"h":"170141183460469231731687303715884105727"}`+"\n]\n" {
		t.Errorf("nested json: %s, %v", got, err)
	}
	if got, err := ask(t, cfg, "table", "select 1 as a where 1 = 0"); err != nil || got != "a\n-\n(0 rows)\n" {
		t.Errorf("empty table: %q, %v", got, err)
	}
}

func TestQueryReads(t *testing.T) {
	cfg := snapshot(t, oddities)
	for _, text := range []string{"select 1", "SELECT 1;", "-- why\n/* not */ with a as (select 1 as x) select * from a", "from t", "(select 1) union all (select 2)", "values (1)",
		"describe t", "show tables", "summarize t", "explain select * from t", "select ';' as semicolon -- ; end"} {
		if _, err := ask(t, cfg, "table", text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What SQL must not do, and the words for it.
func TestQueryRefuses(t *testing.T) {
	cfg := snapshot(t, oddities)
	out := filepath.Join(t.TempDir(), "out")
	for text, want := range map[string]string{
		"":                                      "there is no statement",
		"-- nothing":                            "there is no statement",
		"insert into t values (1)":              "INSERT is refused: the snapshot is read-only",
		"drop table t":                          "DROP is refused: the snapshot is read-only",
		"copy t to '" + out + "'":               "COPY is refused: the snapshot is read-only",
		"attach '" + out + "'":                  "ATTACH is refused",
		"set enable_external_access = true":     "SET is refused",
		"set log_query_path = '" + out + "'":    "SET is refused",
		"pragma profile_output = '" + out + "'": "PRAGMA is refused",
		"install httpfs":                        "INSTALL is refused",
		"load httpfs":                           "LOAD is refused",
		"select 1; select 2":                    "several statements in one text are refused",
		"select 1; drop table t":                "several statements in one text are refused",
		"with a as (select 1) insert into t (id) select * from a": "the snapshot is read-only",
		"explain analyze insert into t (id) values (9)":           "the snapshot is read-only",
		"select * from read_csv('/etc/passwd')":                   "files, other databases and the network are out of reach",
		"select * from read_text('/etc/passwd')":                  "files, other databases and the network are out of reach",
		"select * from glob('/*')":                                "files, other databases and the network are out of reach",
		"from read_parquet('https://example.com/x')":              "files, other databases and the network are out of reach",
		"from '/etc/passwd'":                                      "/etc/passwd",
		"select getenv('HUAWEICLOUD_SDK_SK')":                     "getenv",
		"select nosuch from t":                                    "nosuch",
	} {
		_, err := ask(t, cfg, "table", text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "query: ") {
			t.Errorf("%s: the message does not name its operation: %v", text, err)
		}
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("SQL wrote a file: %v", err)
	}
	if got, err := ask(t, cfg, "csv", "select count(*) as n from t"); err != nil || got != "n\n3\n" {
		t.Errorf("the table changed: %q, %v", got, err)
	}
}

func TestQueryWithoutSnapshot(t *testing.T) {
	cfg := defaultConfig()
	cfg.Data = t.TempDir()
	_, err := openCurrent(context.Background(), cfg)
	want := fmt.Sprintf("open snapshot %s/published/current.duckdb: none was published yet; settle run --cycle previous makes one", cfg.Data)
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// counter counts what flows through, so that a big result need not be kept.
type counter struct {
	bytes, writes int
	fail          error
}

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += len(p)
	c.writes++
	return len(p), c.fail
}

func TestQueryStreams(t *testing.T) {
	cfg := snapshot(t, "create table t as select range as n, 'text ' || range as s from range(50000)")
	db := must(openCurrent(context.Background(), cfg))
	defer func() { _ = db.Close() }()
	for format, newSink := range sinks {
		var c counter
		if err := query(context.Background(), db, "select * from t", newSink(&c)); err != nil {
			t.Fatal(err)
		}
		if c.writes < 49_000 {
			t.Errorf("%s: %d writes for 50,000 rows: rows are held back", format, c.writes)
		}
		c = counter{fail: errors.New("disk full")}
		if err := query(context.Background(), db, "select * from t", newSink(&c)); err == nil || c.writes > 1 {
			t.Errorf("%s: goes on after a failed write: %v, %d writes", format, err, c.writes)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := query(ctx, db, "select * from t", sinks["csv"](&counter{})); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
