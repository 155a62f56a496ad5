package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"settle/load"
)

// A disk that runs full leaves the last snapshot readable and says what to do; with space again, the next run ends as if
// nothing had been. The disk is a real one: a tmpfs of a few megabytes, which only root can mount.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	calm := newMonth(t, smallWorld, nil)
	calm.run(RunOptions{})
	content := calm.content()
	rooms := []int{1, 8, 24} // MB: where the loading, the models, the snapshot run into the end
	if raceEnabled {
		rooms = rooms[:1]
	}
	for _, room := range rooms {
		t.Run(fmt.Sprint(room, " MB"), func(t *testing.T) {
			m := newMonth(t, smallWorld, nil)
			disk := filepath.Join(m.dir, "disk")
			if err := os.Mkdir(disk, 0o700); err != nil {
				t.Fatal(err)
			}
			mount := func(flags uintptr, size int) error {
				return syscall.Mount("settle-test", disk, "tmpfs", flags, fmt.Sprintf("size=%dm,mode=0700", size))
			}
			if err := mount(0, room); err != nil {
				t.Skip("no tmpfs without root: ", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
			m.cfg.Data = filepath.Join(disk, "data")
			if _, err := m.try(RunOptions{}); err == nil || !strings.Contains(err.Error(), "free space") {
				t.Errorf("the run began: %v", err)
			}
			m.cfg.anySpace = true
			_, err := m.try(RunOptions{})
			if err == nil || !strings.Contains(err.Error(), "free space") {
				t.Errorf("got %v, want that space is short, and what to do", err)
			}
			if _, err := os.Stat(filepath.Join(m.cfg.Data, "published", load.Current)); err == nil {
				t.Error("half a month was published")
			}
			if err := mount(syscall.MS_REMOUNT|syscall.MS_RDONLY, 200); err != nil {
				t.Fatal(err)
			}
			if _, err := m.try(RunOptions{}); err == nil || !strings.Contains(err.Error(), "read-only") || !strings.Contains(err.Error(), "make the folder writable") {
				t.Errorf("read-only: got %v", err)
			}
			if err := mount(syscall.MS_REMOUNT, 200); err != nil {
				t.Fatal(err)
			}
			m.run(RunOptions{})
			sameContent(t, "after the disk was full", m.content(), content)
		})
	}
}
