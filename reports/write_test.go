package reports

import (
	"os"
	"testing"
)

func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		t.Skip()
	}
	f := story(t)
	r := f.write(Options{Dir: dir})
	for _, x := range r.Files {
		t.Logf("%+v", x)
	}
}
