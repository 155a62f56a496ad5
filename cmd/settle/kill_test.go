package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
)

// killed names the folder in which TestKilledRun runs a month, to be killed.
const killed = "SETTLE_TEST_KILLED"

// TestKilledRun is the victim of TestKill: a whole run in a process of its own.
func TestKilledRun(t *testing.T) {
	dir := os.Getenv(killed)
	if dir == "" {
		t.Skip("started by TestKill")
	}
	cfg, err := LoadConfig(filepath.Join(dir, "settle.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(killedIssue) != "" {
		_, err = changeState(context.Background(), cfg, stateChange{State: load.StateIssued, Cycle: extract.Cycle(testCycle), Now: testNow}, nil, nil)
	} else {
		_, err = runMonth(context.Background(), cfg, RunOptions{Cycle: extract.Cycle(testCycle), Now: testNow})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// killedIssue says that the victim issues the month instead of running it.
const killedIssue = "SETTLE_TEST_KILLED_ISSUE"

// An issue that is killed at random moments and finished by the next run has numbered everything once, and every file of an
// issued document is as the journal says.
func TestKillIssue(t *testing.T) {
	t.Parallel()
	if os.Getenv(killed) != "" {
		t.Skip("this is the victim")
	}
	folders, kills := 2, 4
	if raceEnabled {
		folders, kills = 1, 1
	}
	calm := newMonth(t, bsstest.Options{Seed: 6, Customers: 3, Records: 200, Bandwidth: -1}, nil)
	calm.run(RunOptions{})
	var settled []*month
	for range folders {
		settled = append(settled, calm.copy())
	}
	began := time.Now()
	calm.victim(calm.dir, 0, killedIssue+"=1")
	whole := time.Since(began)
	calm.change(load.StateIssued, testCycle, "")
	content := calm.content()

	var group sync.WaitGroup
	for i, m := range settled {
		r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(i)))
		group.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; group.Done() }()
			var moments []time.Duration
			for range kills {
				moments = append(moments, time.Duration(r.Int64N(int64(whole))))
				m.victim(m.dir, moments[len(moments)-1], killedIssue+"=1")
			}
			what := fmt.Sprintf("issue killed after %v", moments)
			if _, err := m.tryChange(load.StateIssued, testCycle, ""); err != nil {
				t.Errorf("%s: the next issue: %v", what, err)
				return
			}
			if _, err := m.try(RunOptions{Offline: true}); err != nil {
				t.Errorf("%s: the next run: %v", what, err)
				return
			}
			sameContent(t, what, m.content(), content)
			files := 0
			for _, issue := range must(load.ReadJournal(m.cfg.Data)).Issues {
				for _, f := range issue.Files {
					files++
					b, err := os.ReadFile(filepath.Join(m.cfg.Reports, filepath.FromSlash(f.Path)))
					if sum := fmt.Sprintf("%x", sha256.Sum256(b)); err != nil || sum != f.SHA256 {
						t.Errorf("%s: %s: %v, SHA-256 %s, the journal says %s", what, f.Path, err, sum, f.SHA256)
					}
				}
			}
			if want := len(calm.issued()); files != want {
				t.Errorf("%s: the journal has %d issued files, want %d", what, files, want)
			}
		}()
	}
	group.Wait()
}

// A run that is killed at a random moment and run again ends with the same tables and the same workbooks as one that was
// never disturbed, whatever the moment. Six kills follow one another in a folder before it is left to finish.
func TestKill(t *testing.T) {
	t.Parallel()
	if os.Getenv(killed) != "" {
		t.Skip("this is the victim")
	}
	folders, kills := 3, 6
	if raceEnabled {
		folders, kills = 1, 2 // the detector makes each run several times slower; the plain run of the suite does all
	}
	o := bsstest.Options{Seed: 5, Customers: 3, Records: 200, Bandwidth: -1}
	calm := newMonth(t, o, nil)
	began := time.Now()
	calm.victim(calm.dir, 0)
	whole := time.Since(began)
	content, files := calm.content(), calm.files()

	var group sync.WaitGroup
	for i := range folders {
		r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(i)))
		dir := t.TempDir()
		m := *calm
		m.dir, m.cfg = dir, calm.config(dir)
		m.price(m.cfg.Pricing, nil)
		group.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; group.Done() }()
			var moments []time.Duration
			for range kills {
				moments = append(moments, time.Duration(r.Int64N(int64(whole))))
				m.victim(dir, moments[len(moments)-1])
			}
			what := fmt.Sprintf("killed after %v", moments)
			if _, err := m.try(RunOptions{}); err != nil {
				t.Errorf("%s: the next run: %v", what, err)
				return
			}
			sameContent(t, what, m.content(), content)
			sameFiles(t, what, m.files(), files)
		}()
	}
	group.Wait()
}

// slots bounds the processes at work.
var slots = make(chan struct{}, 2)

// victim starts a run in another process and kills it after a while; 0 lets it finish.
func (m *month) victim(dir string, after time.Duration, environment ...string) {
	c := exec.Command(os.Args[0], "-test.run=^TestKilledRun$")
	c.Env = append(os.Environ(), killed+"="+dir, "HUAWEICLOUD_SDK_AK="+m.server.AK(), "HUAWEICLOUD_SDK_SK="+m.server.SK())
	c.Env = append(c.Env, environment...)
	if err := c.Start(); err != nil {
		m.t.Error(err)
		return
	}
	if after > 0 {
		time.Sleep(after) // a random moment is the point: nothing is expected of it
		_ = c.Process.Kill()
	}
	if err := c.Wait(); err != nil && after == 0 {
		m.t.Errorf("undisturbed run: %v", err)
	}
}
