package function_test

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/local/function"
)

func TestLog(t *testing.T) {
	logged := make(lines, 1000)
	f := start(t, function.Config{Name: "talker", Log: logged})
	long := strings.Repeat("y", 100_000)
	invoke(t, f, event{Do: "print", Text: "one\r\n\ntwo\n" + long + "\nunfinished"})
	for _, want := range []string{"one", "", "two", long[:64<<10], long[64<<10:]} {
		got := <-logged
		for strings.Contains(got, "REPORT") { // its position varies
			got = <-logged
		}
		if want = "talker[1]: " + want + "\n"; got != want {
			t.Errorf("got %.80q, want %.80q", got, want)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	logged.await(t, "talker[1]: unfinished\n")
}

func TestLogOfOverlappingEvents(t *testing.T) {
	logged, gate := make(lines, 1000), newGate(t)
	f := start(t, function.Config{Log: logged})
	for range 2 {
		gate.invoke(t.Context(), t, f)
		<-gate.arrived
	}
	for range 2 {
		gate.open <- struct{}{}
	}
	got := []string{logged.await(t, "REPORT"), logged.await(t, "REPORT")}
	for n := range 2 {
		if prefix := fmt.Sprintf("f[%d]: REPORT ", n+1); !strings.HasPrefix(got[0], prefix) && !strings.HasPrefix(got[1], prefix) {
			t.Errorf("got %q, want a line that begins with %q", got, prefix)
		}
	}
}

func TestReport(t *testing.T) {
	logged := make(lines, 1000)
	f := start(t, function.Config{Log: logged})
	invoke(t, f, event{Do: "echo"})
	if got := logged.await(t, "REPORT RequestId: "); !strings.Contains(got, "\tMemory Size: 128 MB\tInit Duration: ") {
		t.Errorf("cold event: got %q", got)
	}
	invoke(t, f, event{Do: "echo"}) // warm: no REPORT line
	fail(t, f, event{Do: "exit", Size: 7})
	if got := <-logged; !strings.HasSuffix(got, "Error: Runtime exited with error: exit status 7\n") {
		t.Errorf("first line: got %q", got)
	}
	if got := <-logged; !strings.HasSuffix(got, "\tStatus: error\tError Type: Runtime.ExitError\n") {
		t.Errorf("second line: got %q", got)
	}
}
