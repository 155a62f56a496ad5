package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what settle schedule tells a monitoring system. Labels are names of jobs, outcomes, cycles and severities:
// bounded, and nothing of a customer.
type metrics struct {
	registry *prometheus.Registry
	runs     *prometheus.CounterVec
	last     *prometheus.GaugeVec
	took     *prometheus.GaugeVec
	busy     *prometheus.GaugeVec
	next     *prometheus.GaugeVec
	findings *prometheus.GaugeVec
	parked   *prometheus.GaugeVec
	parties  *prometheus.GaugeVec
	missing  *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		m.registry.MustRegister(g)
		return g
	}
	m.runs = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "settle_wakeups_total",
		Help: "Wake-ups by outcome: done, findings, failed, interrupted, skipped."}, []string{"job", "outcome"})
	m.last = gauge("settle_last_wakeup_timestamp_seconds", "When a wake-up last ended with this outcome.", "job", "outcome")
	m.took = gauge("settle_last_run_duration_seconds", "How long the job's last run took.", "job")
	m.busy = gauge("settle_running", "1 while the job runs.", "job")
	m.next = gauge("settle_next_wakeup_timestamp_seconds", "When the job wakes up next.", "job")
	m.findings = gauge("settle_findings", "Findings of the cycle's last run by severity: B blocking, W warning, I information.", "cycle", "severity")
	m.parked = gauge("settle_parties_parked", "Parties parked in the cycle's last run.", "cycle")
	m.parties = gauge("settle_parties_settled", "Parties settled in the cycle's last run.", "cycle")
	m.missing = gauge("settle_windows_missing", "Windows missing after the cycle's last run.", "cycle")
	m.registry.MustRegister(m.runs, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) running(job string, yes bool) {
	n := 0.0
	if yes {
		n = 1
	}
	m.busy.WithLabelValues(job).Set(n)
}

func (m *metrics) finished(job, outcome string, at time.Time, took time.Duration) {
	m.runs.WithLabelValues(job, outcome).Inc()
	m.last.WithLabelValues(job, outcome).Set(float64(at.Unix()))
	if outcome != "skipped" {
		m.took.WithLabelValues(job).Set(took.Seconds())
	}
}

// month shows the result of the latest run of a cycle; other cycles are history that the database holds.
func (m *metrics) month(s *Summary) {
	for _, g := range []*prometheus.GaugeVec{m.findings, m.parked, m.parties, m.missing} {
		g.DeletePartialMatch(prometheus.Labels{"cycle": s.Cycle})
	}
	for _, severity := range []string{"B", "W", "I"} {
		m.findings.WithLabelValues(s.Cycle, severity).Set(float64(s.Findings[severity]))
	}
	m.parked.WithLabelValues(s.Cycle).Set(float64(s.Parked))
	m.parties.WithLabelValues(s.Cycle).Set(float64(s.Parties))
	m.missing.WithLabelValues(s.Cycle).Set(float64(s.missing()))
}
