package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"settle/extract"
	"settle/load"

	"github.com/robfig/cron/v3"
	"github.com/spf13/cobra"
)

func (a *app) scheduleCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schedule",
		Short: "Stay and run the jobs of the config's schedule; health and metrics over HTTP",
		Long: `schedule stays and runs the jobs of schedule.jobs in schedule.timezone. What is due it reads from the journal of runs: a month
that is final is left alone, a wake-up that was missed while it did not run is caught up once at the start, and a doubled one does
no harm. Never two jobs at once. /healthz, /readyz and /metrics answer on schedule.listen.

SIGTERM or SIGINT stops the running job (the next run resumes it), waits for it and exits 0.

Exit codes: 0 stopped by a signal, 1 failed, 2 misused (flags, config).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			level := slog.LevelInfo // nobody watches a terminal: the log is all there is
			if a.quiet {
				level = slog.LevelError
			}
			log := a.loggerAt(level)
			s, err := newScheduler(cfg, a.now, log, func(ctx context.Context, o RunOptions) (*Summary, error) {
				o.Now, o.Progress, o.Log = a.now, silent{}, log
				return runMonth(ctx, cfg, o)
			})
			if err != nil {
				return misused(err)
			}
			return s.serve(cmd.Context())
		},
	}
}

// scheduler wakes up by the clock, decides by the journal what is due, and runs it, one job at a time.
type scheduler struct {
	cfg     *Config
	now     func() time.Time
	log     *slog.Logger
	journal func() (*load.Journal, error)
	run     func(context.Context, RunOptions) (*Summary, error)

	cron    *cron.Cron
	jobs    []*cronJob
	turn    chan struct{} // holds the right to run: never two jobs at once
	metrics *metrics
	ready   atomic.Bool
	ctx     context.Context // of the running service; cancelled by a signal. Set once, before the first wake-up.
}

// cronJob is one entry of the config with its schedule.
type cronJob struct {
	Job
	schedule cron.Schedule
	wrapped  cron.Job // wake with the chain around it
}

func newScheduler(cfg *Config, now func() time.Time, log *slog.Logger, run func(context.Context, RunOptions) (*Summary, error)) (*scheduler, error) {
	if len(cfg.Schedule.Jobs) == 0 {
		return nil, fmt.Errorf("schedule: %s has no job; add one below schedule.jobs", cfg.file)
	}
	s := &scheduler{
		cfg: cfg, now: now, log: log, run: run,
		journal: func() (*load.Journal, error) { return load.ReadJournal(cfg.Data) },
		turn:    make(chan struct{}, 1), metrics: newMetrics(), ctx: context.Background(),
	}
	logger := cronLog{log}
	// Recover stays innermost: a panic that passed SkipIfStillRunning (robfig/cron v3.0.1) would keep its token, and the
	// job would be "still running" for ever.
	chain := cron.NewChain(cron.SkipIfStillRunning(logger), cron.Recover(logger))
	s.cron = cron.New(cron.WithLocation(cfg.Location()), cron.WithLogger(logger))
	for _, entry := range cfg.Schedule.Jobs {
		schedule, what, _ := parseCron(entry.Cron, cfg.Location())
		if schedule == nil {
			return nil, fmt.Errorf("schedule: job %s: cron %s", entry.Name, what)
		}
		j := &cronJob{Job: entry, schedule: schedule}
		j.wrapped = chain.Then(cron.FuncJob(func() { s.wake(j) }))
		s.cron.Schedule(schedule, j.wrapped)
		s.jobs = append(s.jobs, j)
	}
	return s, nil
}

// serve runs until ctx ends, then stops the running job and waits for it.
func (s *scheduler) serve(ctx context.Context) error {
	s.ctx = ctx
	if _, err := s.journal(); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	stopHTTP, err := s.listen()
	if err != nil {
		return err
	}
	defer stopHTTP()
	for _, j := range s.jobs {
		s.log.Info("job", "job", j.Name, "cron", j.Cron, "next", s.next(j))
	}
	var caughtUp sync.WaitGroup
	caughtUp.Go(func() {
		for _, j := range s.jobs { // what was missed while nobody watched
			if ctx.Err() == nil {
				j.wrapped.Run()
			}
		}
	})
	s.cron.Start()
	s.ready.Store(true)
	<-ctx.Done()
	s.ready.Store(false)
	s.log.Info("stopping", "reason", "signal")
	<-s.cron.Stop().Done()
	caughtUp.Wait()
	s.log.Info("stopped")
	return nil
}

// wake is one wake-up of a job, at its time, late, or doubled.
func (s *scheduler) wake(j *cronJob) {
	select { // another job may be at work; wait for it, or for the end of the service
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-s.ctx.Done():
		return
	}
	if s.ctx.Err() != nil {
		return
	}
	log := s.log.With("job", j.Name)
	journal, err := s.journal()
	if err != nil {
		log.Error("not run", "error", err)
		s.metrics.finished(j.Name, "failed", s.now(), 0)
		return
	}
	cycle, why := s.due(j, journal)
	if why != "" {
		log.Info("nothing to do", "cycle", cycle, "reason", why)
		s.metrics.finished(j.Name, "skipped", s.now(), 0)
		return
	}
	s.runJob(log, j, cycle)
}

func (s *scheduler) runJob(log *slog.Logger, j *cronJob, cycle extract.Cycle) {
	started := s.now()
	log.Info("run", "cycle", cycle, "mode", j.Mode)
	s.metrics.running(j.Name, true)
	outcome := "failed"
	defer func() { // also when the run panics; Recover logs the panic itself
		s.metrics.running(j.Name, false)
		s.metrics.finished(j.Name, outcome, s.now(), s.now().Sub(started))
	}()
	sum, err := s.run(s.ctx, RunOptions{Cycle: cycle, Mode: j.Mode})
	switch {
	case errors.Is(err, load.ErrLocked):
		outcome = "skipped"
		log.Info("skipped", "cycle", cycle, "reason", "another run holds the lock; the next wake-up tries again")
		return
	case s.ctx.Err() != nil && errors.Is(err, context.Canceled):
		outcome = "interrupted"
		log.Info("interrupted", "cycle", cycle, "reason", "signal; the next run resumes")
		return
	case err != nil:
		log.Error("run failed", "cycle", cycle, "took", took(s.now().Sub(started)), "error", err)
		return
	}
	outcome = "done"
	level := slog.LevelInfo
	if sum.outcome() != nil {
		outcome, level = "findings", slog.LevelWarn
	}
	s.metrics.month(sum)
	log.Log(s.ctx, level, outcome, "run", sum.RunID, "cycle", cycle, "mode", sum.Mode, "parties", sum.Parties, "parked", sum.Parked,
		"missing", sum.missing(), "blocking", sum.Findings["B"], "warnings", sum.Findings["W"], "took", took(s.now().Sub(started)))
}

// due says which cycle a job works on now, and why not where there is nothing to do. It looks only at the latest wake-up
// that has passed and at the journal, so it does not matter how often, or how late, it is asked.
func (s *scheduler) due(j *cronJob, journal *load.Journal) (cycle extract.Cycle, whyNot string) {
	now := s.now()
	planned, ok := lastWakeUp(j.schedule, now)
	if !ok {
		return "", "no wake-up has passed yet"
	}
	cycle = extract.CycleAt(planned)
	if j.Cycle == "previous" {
		cycle = cycle.Add(-1)
	}
	if at := s.cfg.FinalAt(cycle); j.Mode == "final" && now.Before(at) {
		return cycle, "the month is not final before " + stamp(at)
	}
	for _, r := range journal.Runs {
		whole := r.Cycle == string(cycle) && len(r.Customers) == 0 && !r.Offline
		switch {
		case !whole:
		case r.Mode == "final" && r.Outcome == "done" && j.Cycle == "previous":
			return cycle, "the month is final since run " + r.RunID
		case (j.Mode == "" || r.Mode == j.Mode) && !r.Started.Before(planned) && (r.Outcome == "done" || r.Outcome == "findings"):
			return cycle, "run " + r.RunID + " has done the wake-up of " + stamp(planned)
		}
	}
	return cycle, ""
}

// lookBack is how long a missed wake-up is worth catching up: a yearly one would settle a month long closed.
const lookBack = 40 * 24 * time.Hour

// lastWakeUp is the latest time at or before now at which the schedule fires. The library only looks forward, so we look
// from ever further back; the short spans come first, so that a frequent schedule costs few steps.
func lastWakeUp(schedule cron.Schedule, now time.Time) (time.Time, bool) {
	for _, span := range []time.Duration{time.Hour, 24 * time.Hour, 8 * 24 * time.Hour, lookBack} {
		var last time.Time
		for t := schedule.Next(now.Add(-span)); !t.IsZero() && !t.After(now); t = schedule.Next(t) {
			last = t
		}
		if !last.IsZero() {
			return last, true
		}
	}
	return time.Time{}, false
}

func (s *scheduler) next(j *cronJob) time.Time { return j.schedule.Next(s.now()) }

// listen serves health and metrics; the returned function stops it.
func (s *scheduler) listen() (stop func(), err error) {
	if s.cfg.Schedule.Listen == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", s.cfg.Schedule.Listen)
	if err != nil {
		return nil, fmt.Errorf("schedule: listen: %w; set another schedule.listen, or \"\" for none", err)
	}
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("health and metrics stopped", "error", err)
		}
	}()
	s.log.Info("listening", "address", l.Addr().String(), "paths", "/healthz /readyz /metrics")
	return func() {
		_ = server.Close()
		<-done
	}, nil
}

func (s *scheduler) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !s.ready.Load() {
			http.Error(w, "not ready: starting or stopping", http.StatusServiceUnavailable)
			return
		}
		if _, err := s.journal(); err != nil {
			s.log.Error("not ready", "error", err)
			http.Error(w, "not ready: the journal cannot be read; see the log", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	metrics := s.metrics.handler()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		for _, j := range s.jobs {
			s.metrics.next.WithLabelValues(j.Name).Set(float64(s.next(j).Unix()))
		}
		metrics.ServeHTTP(w, r)
	})
	return mux
}

// cronLog hands the cron library's log to ours.
type cronLog struct{ log *slog.Logger }

// Info drops the library's "wake" and "run" lines: each wake-up is logged by the scheduler itself.
func (c cronLog) Info(msg string, args ...any) {
	if msg == "skip" {
		c.log.Info("skipped", "reason", "the job is still running")
	}
}

func (c cronLog) Error(err error, msg string, args ...any) {
	stack := string(debug.Stack())
	if i := slices.Index(args, any("stack")); i >= 0 && i+1 < len(args) {
		stack = fmt.Sprint(args[i+1])
	}
	c.log.Error(cmp.Or(msg, "cron"), "error", err, "stack", stack)
}
