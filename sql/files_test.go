package sqlfiles

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryFileParses(t *testing.T) {
	models, err := Models()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	if len(models) < 10 || len(all) < 10 {
		t.Fatalf("%d models, %d checks", len(models), len(all))
	}
	for _, files := range [][]File{models, all} {
		if !slices.IsSortedFunc(files, func(a, b File) int { return strings.Compare(a.Number, b.Number) }) {
			t.Error("files are not in the order of their numbers")
		}
		for i, f := range files {
			if i > 0 && files[i-1].Number == f.Number {
				t.Errorf("number %s stands twice", f.Number)
			}
		}
	}
	if _, err := Columns(); err != nil {
		t.Error(err)
	}
}

// The texts keep to what DuckDB and Trino share; what differs is in the prelude.
func TestTextsKeepToTheSharedSubset(t *testing.T) {
	models, err := Models()
	if err != nil {
		t.Fatal(err)
	}
	all, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(models, all...) {
		text := strings.ToLower(withoutLiterals(f.SQL))
		for _, word := range []string{"qualify", "group by all", "order by all", "//", " / ", "avg(", "string_agg", "list_", "asof", "decimal '", "exclude", "quantile", "at time zone", "::", "hugeint)/"} {
			if strings.Contains(text, word) {
				t.Errorf("%s_%s uses %q", f.Number, f.Name, word)
			}
		}
	}
}

// withoutLiterals drops comments and quoted texts.
func withoutLiterals(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		if i := strings.Index(line, "-- "); i >= 0 {
			line = line[:i]
		}
		for i, part := range strings.Split(line, "'") {
			if i%2 == 0 {
				b.WriteString(part)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestHeaders(t *testing.T) {
	model := "-- a.b: one row per thing\n-- and more.\n-- build: cycle\n-- column x: what x is\n\nselect 1 as x -- end"
	f, err := parseModel("010_a.b.sql", model)
	if err != nil {
		t.Fatal(err)
	}
	if f.Object() != "a.b" || f.Comment != "one row per thing and more." || f.Columns["x"] != "what x is" || f.SQL != "select 1 as x -- end" || f.Build != BuildCycle {
		t.Errorf("got %+v", f)
	}
	const owned = "-- owner: finance\n-- code: unit\n-- action: look\n"
	check := "-- title: Is it so?\n-- severity: W\n-- phase: lines\n" + owned + "-- needs: source.monthly_bills, customers\n-- Words.\nselect 1"
	f, err = parseCheck("01_it.sql", check)
	if err != nil {
		t.Fatal(err)
	}
	if f.Title != "Is it so?" || f.Severity != "W" || f.Comment != "Words." || f.Owner != "finance" || f.Code != "unit" || f.Action != "look" || !slices.Equal(f.Needs, []string{"monthly_bills", "customers"}) {
		t.Errorf("got %+v", f)
	}
	for name, c := range map[string]struct {
		parse            func(name, text string) (File, error)
		file, text, want string
	}{
		"no number":          {parseModel, "a.b.sql", model, "does not begin with digits"},
		"not sql":            {parseModel, "010_a.b.txt", model, "does not end in .sql"},
		"other object":       {parseModel, "010_a.c.sql", model, `must open with "a.c:"`},
		"no schema":          {parseModel, "010_b.sql", "-- b: x\n-- build: view\nselect 1", "is not schema.name"},
		"injection":          {parseModel, "010_a.b;drop.sql", "-- a.b;drop: x\n-- build: view\nselect 1", "is not schema.name"},
		"no build":           {parseModel, "010_a.b.sql", "-- a.b: x\nselect 1", "build"},
		"unknown build":      {parseModel, "010_a.b.sql", "-- a.b: x\n-- build: often\nselect 1", `"often" is none of`},
		"empty":              {parseModel, "010_a.b.sql", "-- a.b: x\n-- build: view\n", "no SELECT"},
		"semicolon":          {parseModel, "010_a.b.sql", "-- a.b: x\n-- build: view\nselect 1;", "semicolon"},
		"said twice":         {parseModel, "010_a.b.sql", "-- a.b: x\n-- build: view\n-- build: view\nselect 1", "twice"},
		"check without name": {parseCheck, "01_.sql", check, "two digits"},
		"three digits":       {parseCheck, "001_it.sql", check, "two digits"},
		"no title":           {parseCheck, "01_it.sql", "-- severity: W\n-- phase: lines\nselect 1", "no title"},
		"severity":           {parseCheck, "01_it.sql", "-- title: x\n-- severity: X\n-- phase: lines\nselect 1", `"X" is none of B, W, I`},
		"phase":              {parseCheck, "01_it.sql", "-- title: x\n-- severity: B\n-- phase: later\nselect 1", `"later" is none of`},
		"needs":              {parseCheck, "01_it.sql", "-- title: x\n-- severity: B\n-- phase: lines\n" + owned + "-- needs: a b\nselect 1", "is not a dataset"},
		"owner":              {parseCheck, "01_it.sql", "-- title: x\n-- severity: B\n-- phase: lines\n-- owner: nobody\nselect 1", `"nobody" is none of`},
		"code":               {parseCheck, "01_it.sql", "-- title: x\n-- severity: B\n-- phase: lines\n-- owner: finance\n-- code: y\nselect 1", `"y" is none of`},
		"no action":          {parseCheck, "01_it.sql", "-- title: x\n-- severity: B\n-- phase: lines\n-- owner: finance\n-- code: unit\nselect 1", "no action"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.parse(c.file, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// FuzzHeader: no header makes the parser panic, and whatever it accepts can stand in a statement.
func FuzzHeader(f *testing.F) {
	f.Add("010_a.b.sql", "-- a.b: x\n-- build: into c.d\n-- column y: z\nselect 1")
	f.Add("01_it.sql", "-- title: x\r\n-- severity: B\n-- phase: lines\n-- needs: ,a,\nselect 1")
	f.Add("1_.sql", "--")
	f.Fuzz(func(t *testing.T, name, text string) {
		if m, err := parseModel(name, text); err == nil {
			if !isName(m.Schema) || !isName(m.Name) || m.Comment == "" || m.SQL == "" || strings.HasPrefix(m.SQL, "--") {
				t.Errorf("%q accepted as %+v", text, m)
			}
			for column := range m.Columns {
				if !isName(column) {
					t.Errorf("column %q", column)
				}
			}
		}
		if c, err := parseCheck(name, text); err == nil {
			if len(c.Number) != 2 || c.Title == "" || c.SQL == "" {
				t.Errorf("%q accepted as %+v", text, c)
			}
			for _, need := range c.Needs {
				if !isName(need) {
					t.Errorf("needs %q", need)
				}
			}
		}
	})
}
