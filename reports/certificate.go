package reports

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// KindCertificate is the completeness certificate, the only file that is no workbook.
const KindCertificate = "certificate"

// certificateHead is what certificate-<cycle>.json says of the whole. Counts and amounts are JSON texts: they are exact, and null where
// the source does not say them.
type certificateHead struct {
	Cycle      string `json:"cycle"`
	RunID      string `json:"run_id"` // first run that found this state of the data, as the workbooks print it
	MadeAt     string `json:"made_at"`
	Version    string `json:"version"`
	Status     string `json:"status"` // complete, or incomplete where a window is
	Windows    int    `json:"windows"`
	Incomplete int    `json:"windows_incomplete"` // missing, or what an older pull stands in for
}

// WriteCertificate writes <cycle>/certificate-<cycle>.json from the snapshot behind db: by dataset and account what the API announced, what is
// stored, quarantined and doubled, the money in it and the hash of the answers; under each its windows, and under each window its
// pages with the API's request ids and the SHA-256 of their bytes. Whoever holds the packages can prove every line of it.
func WriteCertificate(ctx context.Context, db Queryer, o Options) (File, error) {
	if !cycleText.MatchString(o.Cycle) {
		return File{}, fmt.Errorf("certificate: cycle %q is not YYYY-MM", o.Cycle)
	}
	o = o.withDefaults()
	m, err := readMonth(ctx, db, o)
	if err != nil {
		return File{}, fmt.Errorf("certificate %s: %w", o.Cycle, err)
	}
	c := certificate{}
	for _, part := range []struct {
		into **table
		name string
	}{{&c.accounts, "certificate"}, {&c.windows, "certificate_windows"}, {&c.pages, "certificate_pages"}} {
		if *part.into, err = read(ctx, db, part.name, o.Cycle); err != nil {
			return File{}, fmt.Errorf("certificate %s: %w", o.Cycle, err)
		}
	}
	head := certificateHead{Cycle: o.Cycle, RunID: m.draft.runID, MadeAt: m.draft.madeAt.Format(time.RFC3339), Version: o.Version, Status: "complete", Windows: c.windows.rows}
	for i := range c.windows.rows {
		if w := (record{c.windows, i}); w.get("error") != "" || w.get("window_id") == "" {
			head.Incomplete++
		}
	}
	for i := range c.accounts.rows {
		if (record{c.accounts, i}).get("status") == "incomplete" {
			head.Status = "incomplete"
		}
	}
	dir := folder{root: o.Dir, cycle: o.Cycle, shared: o.Shared}
	mode, _ := dir.modes()
	if err := os.MkdirAll(dir.path(""), mode); err != nil {
		return File{}, fmt.Errorf("certificate %s: %w", o.Cycle, err)
	}
	f, err := dir.write("certificate-"+o.Cycle+".json", func(out io.Writer) error { return c.write(out, head) })
	if err != nil {
		return File{}, fmt.Errorf("certificate %s: %w", o.Cycle, err)
	}
	f.Kind = KindCertificate
	return f, nil
}

// certificate holds the three answers, each ordered so that what belongs to a row of the one before follows as it does there.
type certificate struct{ accounts, windows, pages *table }

func (c *certificate) write(out io.Writer, head certificateHead) error {
	pagesOf, windowsOf := map[string]int{}, map[[3]string]int{} // the first page of a window_id, the first window of an account
	for i := c.pages.rows - 1; i >= 0; i-- {
		pagesOf[(record{c.pages, i}).get("window_id")] = i
	}
	for i := c.windows.rows - 1; i >= 0; i-- {
		windowsOf[certified(record{c.windows, i})] = i
	}
	w := bufio.NewWriter(out)
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	_, _ = w.Write(bytes.TrimSuffix(text, []byte("}"))) // an error of the buffer comes out of Flush
	_, _ = w.WriteString(",\"accounts\":[")
	for i := range c.accounts.rows {
		if i > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.WriteString("\n ")
		a := record{c.accounts, i}
		members(w, a, 0)
		_, _ = w.WriteString(",\"windows_held\":[")
		first, ok := windowsOf[certified(a)]
		for n := first; ok && n < c.windows.rows && certified(record{c.windows, n}) == certified(a); n++ {
			if n > first {
				_ = w.WriteByte(',')
			}
			_, _ = w.WriteString("\n  ")
			window := record{c.windows, n}
			members(w, window, 3)
			_, _ = w.WriteString(",\"answers\":[")
			id := window.get("window_id")
			if p, ok := pagesOf[id]; ok && id != "" {
				for n := p; n < c.pages.rows && (record{c.pages, n}).get("window_id") == id; n++ {
					if n > p {
						_ = w.WriteByte(',')
					}
					_, _ = w.WriteString("\n   ")
					members(w, record{c.pages, n}, 1)
					_ = w.WriteByte('}')
				}
			}
			_, _ = w.WriteString("]}")
		}
		_, _ = w.WriteString("]}")
	}
	_, _ = w.WriteString("\n]}\n")
	return w.Flush()
}

func certified(r record) [3]string {
	return [3]string{r.get("dataset"), r.get("customer_id"), r.get("reseller_id")}
}

// members opens an object with a row's columns from one on, as texts; the empty one is null.
func members(w *bufio.Writer, r record, from int) {
	for i, name := range r.t.columns[from:] {
		open := ","
		if i == 0 {
			open = "{"
		}
		value := []byte("null")
		if v := r.t.cell(r.row, from+i); v != "" {
			value, _ = json.Marshal(v) // a text always has a form
		}
		_, _ = fmt.Fprintf(w, "%s%q:%s", open, name, value)
	}
}
