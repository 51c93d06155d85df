package function

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// FuzzLog checks that the log has the complete output of a process, in whole lines of
// limited length.
func FuzzLog(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), 2)
	f.Add([]byte(strings.Repeat("long", 40_000)), 1)
	f.Add([]byte("\x00\r\n\xff"), 3)
	f.Fuzz(func(t *testing.T, printed []byte, syncs int) {
		var out bytes.Buffer
		lines := newLineLog(&lockedWriter{out: &out}, "p: ", "", syncs%2 == 0)
		input, err := lines.open()
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for range syncs % 4 {
				lines.sync()
			}
		})
		if _, err := input.Write(printed); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		lines.close()
		var got strings.Builder
		for line := range strings.Lines(out.String()) {
			line, ok := strings.CutPrefix(line, "p: ")
			if !ok || !strings.HasSuffix(line, "\n") || len(line) > maxLine+1 {
				t.Fatalf("got line %.100q", line)
			}
			got.WriteString(strings.Trim(line, "\r\n"))
		}
		strip := strings.NewReplacer("\n", "", "\r", "")
		if got, want := strip.Replace(got.String()), strip.Replace(string(printed)); got != want {
			t.Errorf("got %.200q, want %.200q", got, want)
		}
	})
}
