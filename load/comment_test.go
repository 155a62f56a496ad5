package load

import (
	"context"
	"strings"
	"testing"
)

func TestCommentExplainsEveryColumn(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	must(t, Comment(ctx, tx))
	bare, err := texts(ctx, tx, `select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
where schema_name in ('settlement', 'usage', 'recon', 'source') and comment is null order by 1`)
	must(t, err)
	skip := testTables()
	for _, name := range bare {
		table := name[:strings.LastIndex(name, ".")]
		if _, loaders := skip[table]; !loaders {
			t.Errorf("column %s has no comment; explain it in its model's header or in sql/columns.txt", name)
		}
	}
	tables, err := texts(ctx, tx, `select schema_name || '.' || table_name from duckdb_tables() where comment is null and schema_name in ('settlement', 'usage', 'recon', 'source')
union all select schema_name || '.' || view_name from duckdb_views() where comment is null and schema_name in ('settlement', 'usage', 'recon', 'source')`)
	must(t, err)
	for _, name := range tables {
		if _, loaders := skip[name]; !loaders {
			t.Errorf("%s has no comment", name)
		}
	}
}
