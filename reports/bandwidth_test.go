package reports

import (
	"archive/zip"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// The charts stand on the visible table below the resources: a month's highest points with the one that is billed, and the days across which it is billed.
func TestBandwidthCharts(t *testing.T) {
	dir := t.TempDir()
	story(t).write(Options{Dir: dir})
	charts := func(file string) (all []string) {
		z, err := zip.OpenReader(filepath.Join(dir, fixtureCycle, "draft/statements", file))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, f := range z.File {
			if !strings.HasPrefix(f.Name, "xl/charts/") {
				continue
			}
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), bandwidthSheet.name.zh) || strings.Contains(string(text), bandwidthSheet.name.en+"!") {
				all = append(all, string(text))
			}
		}
		return all
	}
	monthly := strings.Join(charts("YUNTU-2026-10-R0.xlsx"), "\n")
	// 50 sampled points and the 446th, which is billed; 31 days.
	for _, area := range []string{"!$A$7:$A$57", "!$B$7:$B$57", "!$C$7:$C$57", "!$D$7:$D$57", "!$E$7:$E$37", "!$F$7:$F$37", "!$H$7:$H$37"} {
		if !strings.Contains(monthly, area) {
			t.Errorf("no chart of the monthly 95th percentile reads %s", area)
		}
	}
	if all := charts("HXJT-2026-10-R0.xlsx"); len(all) != 1 || !strings.Contains(all[0], "!$G$7:$G$22") {
		t.Errorf("enhanced 95 has no curve of the month, only its 16 days: %d charts", len(all))
	}
	if all := charts("NORTHSTAR-2026-10-R0.xlsx"); len(all) != 0 {
		t.Errorf("%d charts without a bandwidth", len(all))
	}
}
