package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"settle/load"

	"github.com/robfig/cron/v3"
)

// watch is a scheduler whose clock, journal and job a test holds in its hands.
type watch struct {
	*scheduler
	clock   *clock
	journal load.Journal
	log     bytes.Buffer
	ran     []string // "2026-10 final"
	do      func(context.Context, RunOptions) (*Summary, error)
}

func newWatch(t *testing.T, now string, jobs ...Job) *watch {
	t.Helper()
	cfg := defaultConfig()
	cfg.Data, cfg.Schedule.Jobs, cfg.Schedule.Listen = t.TempDir(), jobs, ""
	w := &watch{clock: &clock{at(now)}}
	// By default a run succeeds and the journal knows it, as runMonth does.
	w.do = func(_ context.Context, o RunOptions) (*Summary, error) {
		mode := o.Mode
		if mode == "" {
			mode = "prelim"
		}
		w.note(string(o.Cycle), mode, "done")
		return &Summary{Cycle: string(o.Cycle), Mode: mode, RunID: "r"}, nil
	}
	s, err := newScheduler(cfg, w.clock.now, slog.New(slog.NewTextHandler(&w.log, nil)), func(ctx context.Context, o RunOptions) (*Summary, error) {
		w.ran = append(w.ran, string(o.Cycle)+" "+o.Mode)
		return w.do(ctx, o)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.journal = func() (*load.Journal, error) { return &w.journal, nil }
	w.scheduler = s
	return w
}

func (w *watch) note(cycle, mode, outcome string) {
	w.journal.Runs = append(w.journal.Runs, load.RunRecord{RunID: fmt.Sprint(len(w.journal.Runs) + 1), Cycle: cycle, Mode: mode, Started: w.clock.t, Outcome: outcome})
}

// ring is one wake-up through the whole chain, as the cron library rings.
func (w *watch) ring(job int) { w.jobs[job].wrapped.Run() }

func (w *watch) want(t *testing.T, ran ...string) {
	t.Helper()
	if got, want := strings.Join(w.ran, ", "), strings.Join(ran, ", "); got != want {
		t.Errorf("ran %q, want %q; log:\n%s", got, want, w.log.String())
	}
	w.ran = nil
}

func (w *watch) says(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(w.log.String(), text) {
		t.Errorf("the log does not say %q:\n%s", text, w.log.String())
	}
	w.log.Reset()
}

var (
	monthEnd = Job{Name: "month-end", Cron: "30 14,20 5-9 * *", Cycle: "previous", Mode: "final"}
	preview  = Job{Name: "preview", Cron: "0 3 * * *", Cycle: "current", Mode: "prelim"}
)

func TestScheduleMonthEnd(t *testing.T) {
	w := newWatch(t, "2026-11-05 14:30", monthEnd)
	w.note("2026-10", "prelim", "done")
	w.do = func(_ context.Context, o RunOptions) (*Summary, error) {
		w.note(string(o.Cycle), o.Mode, "failed")
		return &Summary{Cycle: string(o.Cycle)}, errors.New("the API is down")
	}
	w.ring(0)
	w.want(t, "2026-10 final")
	w.says(t, "the API is down")

	w.clock.add(6 * time.Hour) // 20:30: failed before, so again; this time it succeeds with findings
	w.do = func(_ context.Context, o RunOptions) (*Summary, error) {
		w.note(string(o.Cycle), o.Mode, "findings")
		return &Summary{Cycle: string(o.Cycle), Findings: map[string]int{"B": 1}}, nil
	}
	w.ring(0)
	w.want(t, "2026-10 final")
	w.clock.add(time.Second)
	w.ring(0) // doubled wake-up
	w.want(t)
	w.says(t, "has done the wake-up of 2026-11-05 20:30 UTC+8")

	w.clock.t = at("2026-11-06 14:30") // blocking findings: not final yet, so it tries again
	w.do = func(_ context.Context, o RunOptions) (*Summary, error) {
		w.note(string(o.Cycle), o.Mode, "done")
		return &Summary{Cycle: string(o.Cycle)}, nil
	}
	w.ring(0)
	w.want(t, "2026-10 final")
	w.clock.t = at("2026-11-06 20:30")
	w.ring(0)
	w.want(t)
	w.says(t, "the month is final since run 4")

	w.clock.t = at("2026-12-05 14:30") // the next month
	w.ring(0)
	w.want(t, "2026-11 final")
}

func TestScheduleTooEarly(t *testing.T) {
	w := newWatch(t, "2026-11-02 03:00", Job{Name: "early", Cron: "0 3 * * *", Cycle: "previous", Mode: "final"})
	w.ring(0)
	w.want(t)
	w.says(t, "the month is not final before 2026-11-05 14:00 UTC+8")
}

// A wake-up that was missed is caught up once, for the month it was meant for; a stale one is left alone.
func TestScheduleMissed(t *testing.T) {
	w := newWatch(t, "2026-12-02 09:00", monthEnd) // down from 5 to 9 November
	w.ring(0)
	w.want(t, "2026-10 final")
	w.ring(0)
	w.want(t)

	w = newWatch(t, "2026-11-15 10:00", preview)
	w.note("2026-11", "prelim", "failed")
	w.journal.Runs[0].Started = at("2026-11-15 03:00")
	w.ring(0) // today's wake-up failed
	w.want(t, "2026-11 prelim")
	w.ring(0)
	w.want(t)

	w = newWatch(t, "2026-11-15 10:00", Job{Name: "yearly", Cron: "0 0 1 1 *", Cycle: "previous"})
	w.ring(0)
	w.want(t)
	w.says(t, "no wake-up has passed yet")
}

// Runs for some customers, replays and runs of other modes are not the wake-up's run.
func TestScheduleOtherRunsDoNotCount(t *testing.T) {
	w := newWatch(t, "2026-11-15 10:00", preview)
	w.note("2026-11", "prelim", "done")
	w.journal.Runs[0].Customers = []string{"c1"}
	w.note("2026-11", "prelim", "done")
	w.journal.Runs[1].Offline = true
	w.note("2026-10", "final", "done")
	w.ring(0)
	w.want(t, "2026-11 prelim")
}

func TestScheduleLockedElsewhere(t *testing.T) {
	w := newWatch(t, "2026-11-05 14:30", monthEnd)
	w.do = func(context.Context, RunOptions) (*Summary, error) {
		return nil, fmt.Errorf("data/lock: %w", load.ErrLocked)
	}
	w.ring(0)
	w.want(t, "2026-10 final")
	w.says(t, "another run holds the lock; the next wake-up tries again")
}

func TestSchedulePanic(t *testing.T) {
	w := newWatch(t, "2026-11-05 14:30", monthEnd)
	healthy := w.do
	w.do = func(context.Context, RunOptions) (*Summary, error) { panic("index out of range") }
	w.ring(0)
	w.says(t, "index out of range")
	w.do = healthy
	w.ring(0) // the same job rings again: neither dead nor "still running"
	w.want(t, "2026-10 final", "2026-10 final")
	if text := scrape(t, w); !strings.Contains(text, `settle_running{job="month-end"} 0`) || !strings.Contains(text, `settle_wakeups_total{job="month-end",outcome="failed"} 1`) {
		t.Errorf("metrics after a panic:\n%s", text)
	}
}

// Two jobs never run at once, and a wake-up of a job that is still running is dropped.
func TestScheduleOneAtATime(t *testing.T) {
	w := newWatch(t, "2026-11-05 14:30", monthEnd, preview)
	inside, release := make(chan string), make(chan struct{})
	var mu sync.Mutex
	running, most := 0, 0
	w.scheduler.run = func(_ context.Context, o RunOptions) (*Summary, error) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		inside <- string(o.Cycle)
		<-release
		mu.Lock()
		running--
		mu.Unlock()
		return &Summary{Cycle: string(o.Cycle)}, nil
	}
	var done sync.WaitGroup
	done.Go(func() { w.ring(0) })
	<-inside
	w.ring(0) // returns at once
	w.says(t, "the job is still running")
	done.Go(func() { w.ring(1) })
	release <- struct{}{}
	<-inside
	release <- struct{}{}
	done.Wait()
	if most != 1 {
		t.Errorf("%d jobs ran at once", most)
	}
}

// A signal stops the running job through its context, waits for it, and is no failure.
func TestScheduleStops(t *testing.T) {
	w := newWatch(t, "2026-11-05 14:30", monthEnd, preview)
	ctx, signal := context.WithCancel(context.Background())
	ended := false
	w.do = func(ctx context.Context, _ RunOptions) (*Summary, error) {
		signal()
		<-ctx.Done()
		ended = true
		return &Summary{}, fmt.Errorf("fetch: %w", ctx.Err())
	}
	if err := w.serve(ctx); err != nil { // catches the missed wake-up of 14:30 up, which is when the signal comes
		t.Errorf("serve: %v", err)
	}
	if !ended {
		t.Error("serve did not wait for the job")
	}
	w.want(t, "2026-10 final")
	w.says(t, "interrupted")
	if code := exitCode(nil, true); code != exitDone {
		t.Errorf("exit %d", code)
	}
}

func TestScheduleHealth(t *testing.T) {
	w := newWatch(t, "2026-11-05 14:30", monthEnd)
	get := func(path string) (int, string) {
		r := httptest.NewRecorder()
		w.handler().ServeHTTP(r, httptest.NewRequest("GET", path, nil))
		return r.Code, r.Body.String()
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("/healthz %d", code)
	}
	if code, text := get("/readyz"); code != 503 || !strings.Contains(text, "starting") {
		t.Errorf("/readyz before the start: %d %s", code, text)
	}
	w.ready.Store(true)
	if code, _ := get("/readyz"); code != 200 {
		t.Errorf("/readyz %d", code)
	}
	w.scheduler.journal = func() (*load.Journal, error) { return nil, errors.New("chain broken at /secret/path") }
	if code, text := get("/readyz"); code != 503 || strings.Contains(text, "/secret/path") {
		t.Errorf("/readyz with a broken journal: %d %s", code, text)
	}
	w.scheduler.journal = func() (*load.Journal, error) { return &w.journal, nil }
	w.do = func(_ context.Context, o RunOptions) (*Summary, error) {
		return &Summary{Cycle: string(o.Cycle), Parties: 7, Parked: 2, Findings: map[string]int{"B": 3}, Datasets: []DatasetCount{{Missing: 4}}}, nil
	}
	w.ring(0)
	text := scrape(t, w)
	for _, want := range []string{
		`settle_findings{cycle="2026-10",severity="B"} 3`, `settle_parties_parked{cycle="2026-10"} 2`, `settle_windows_missing{cycle="2026-10"} 4`,
		`settle_wakeups_total{job="month-end",outcome="findings"} 1`, fmt.Sprintf(`settle_next_wakeup_timestamp_seconds{job="month-end"} %v`, float64(at("2026-11-05 20:30").Unix())),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s:\n%s", want, text)
		}
	}
}

func scrape(t *testing.T, w *watch) string {
	t.Helper()
	r := httptest.NewRecorder()
	w.handler().ServeHTTP(r, httptest.NewRequest("GET", "/metrics", nil))
	return r.Body.String()
}

func TestScheduleWithoutJobs(t *testing.T) {
	cfg := defaultConfig()
	cfg.file = "settle.yaml"
	_, err := newScheduler(cfg, time.Now, slog.New(slog.DiscardHandler), nil)
	if want := "schedule: settle.yaml has no job; add one below schedule.jobs"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestLastWakeUp(t *testing.T) {
	zone := must(time.LoadLocation("Asia/Shanghai"))
	for _, tt := range []struct{ cron, now, want string }{
		{"* * * * *", "2026-11-05 14:30", "2026-11-05 14:30"},
		{"30 14,20 5-9 * *", "2026-11-05 14:29", "2026-10-09 20:30"},
		{"30 14,20 5-9 * *", "2026-11-05 14:30", "2026-11-05 14:30"},
		{"30 14,20 5-9 * *", "2026-11-05 20:29", "2026-11-05 14:30"},
		{"30 14,20 5-9 * *", "2026-11-30 00:00", "2026-11-09 20:30"},
		{"0 3 * * *", "2026-11-01 02:59", "2026-10-31 03:00"},
		{"0 0 1 1 *", "2026-11-05 14:30", "none"},
	} {
		schedule, what, _ := parseCron(tt.cron, zone)
		if what != "" {
			t.Fatal(what)
		}
		got := "none"
		if last, ok := lastWakeUp(schedule, at(tt.now)); ok {
			got = last.In(zone).Format("2006-01-02 15:04")
		}
		if got != tt.want {
			t.Errorf("%s at %s: %s, want %s", tt.cron, tt.now, got, tt.want)
		}
	}
}

// The library's own guard dies with a panic inside it; this is why Recover stays innermost.
func TestCronChainOrder(t *testing.T) {
	var log bytes.Buffer
	logger := cronLog{slog.New(slog.NewTextHandler(&log, nil))}
	times := 0
	j := cron.NewChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)).Then(cron.FuncJob(func() { times++; panic("x") }))
	j.Run()
	j.Run()
	if times != 2 {
		t.Errorf("the job ran %d times, want 2", times)
	}
}
