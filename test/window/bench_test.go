package window

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotspot-helper/portal/portaltest"
)

// paints adds a script to the portal's pages that reports when the browser painted something of them for the first time.
type paints struct {
	http.Handler

	seen chan time.Time
}

const (
	paintPath   = "/painted"
	paintScript = `<script>new PerformanceObserver(list => { for (const e of list.getEntriesByName("first-contentful-paint"))
fetch("` + paintPath + `?at=" + (performance.timeOrigin + e.startTime)) }).observe({type: "paint", buffered: true})</script>`
)

func (p *paints) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if at, err := strconv.ParseFloat(r.URL.Query().Get("at"), 64); r.URL.Path == paintPath && err == nil {
		select {
		case p.seen <- time.UnixMicro(int64(at * 1000)):
		default:
		}
		return
	}
	answer := httptest.NewRecorder()
	p.Handler.ServeHTTP(answer, r)
	body := answer.Body.String()
	if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") && answer.Code == http.StatusOK {
		body += paintScript
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write([]byte(body))
}

// painted is a desktop whose portal says when its page is there.
func painted(b *testing.B) (*desktop, *paints) {
	b.Helper()
	p := &paints{seen: make(chan time.Time, 1)}
	nw := newNetworkBehind(b, portaltest.Options{Kind: portaltest.KindUspot, Seed: 3}, func(h http.Handler) http.Handler {
		p.Handler = h
		return p
	})
	return newDesktopOn(b, nw), p
}

// close ends a window.
func (d *desktop) close(open *command) {
	_ = open.cmd.Process.Signal(syscall.SIGTERM)
	open.exit()
	d.agent.prints("sign-in window closed")
}

// end ends the agent.
func (d *desktop) end() {
	_ = d.agent.cmd.Process.Kill()
	<-d.agent.done
}

// BenchmarkClickToPaint measures from the click on the notification to the portal's first paint in the window: the agent,
// the helper as a unit, its look at the link, the start of the browser, the interception, the page.
func BenchmarkClickToPaint(b *testing.B) {
	var all []time.Duration
	for range b.N {
		d, p := painted(b)
		began := d.click()
		open := <-d.manager.started
		all = append(all, (<-p.seen).Sub(began))
		d.close(open)
		d.end()
	}
	report(b, all)
}

// BenchmarkBrowserToPaint is the peer: from the start of the same browser, which is told the portal's page and has a new profile,
// to the first paint.
func BenchmarkBrowserToPaint(b *testing.B) {
	var all []time.Duration
	for range b.N {
		p, s := &paints{seen: make(chan time.Time, 1)}, newScreen(b)
		nw := newNetworkBehind(b, portaltest.Options{Kind: portaltest.KindUspot, Seed: 3}, func(h http.Handler) http.Handler {
			p.Handler = h
			return p
		})
		nw.client.IP("route add 192.0.2.0/24 via " + gatewayIP + " dev " + ifname)
		home := b.TempDir()
		browser := exec.Command("chromium", "--no-sandbox", "--no-first-run", "--user-data-dir="+filepath.Join(home, "profile"), "--app="+nw.hotspot.PortalURL())
		began := time.Now()
		c := nw.startCommand(b, home, []string{"DISPLAY=" + s.display}, nil, browser)
		all = append(all, (<-p.seen).Sub(began))
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
		<-c.done
	}
	report(b, all)
}

// report reports the median and the extremes.
func report(b *testing.B, all []time.Duration) {
	b.Helper()
	slices.Sort(all)
	for name, d := range map[string]time.Duration{"least-ms": all[0], "median-ms": all[len(all)/2], "most-ms": all[len(all)-1]} {
		b.ReportMetric(float64(d.Milliseconds()), name)
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkAgentAroundAWindow measures the memory of the agent before a window, with it, and after it. It looks at the portal
// meanwhile, so there is also what it has after as much time without a window.
func BenchmarkAgentAroundAWindow(b *testing.B) {
	for range b.N {
		d, p := painted(b)
		before := d.agent.resident(b)
		time.Sleep(15 * time.Second)
		waited := d.agent.resident(b)
		d.click()
		open := <-d.manager.started
		<-p.seen
		during := d.agent.resident(b)
		d.close(open)
		after := d.agent.resident(b)
		d.end()
		for name, kilobytes := range map[string]int{"before": before, "waited": waited, "open": during, "after": after} {
			b.ReportMetric(float64(kilobytes)*1024/1e6, name+"-MB")
		}
	}
}

// resident is the resident set of a process in kB, once it has not changed for a while.
func (c *command) resident(b *testing.B) int {
	b.Helper()
	last, since := 0, time.Now()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(200 * time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
		if err != nil {
			b.Fatal(err)
		}
		_, text, _ := strings.Cut(string(status), "VmRSS:")
		var now int
		if _, err := fmt.Sscan(text, &now); err != nil {
			b.Fatal(err)
		}
		if now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) > 5*time.Second {
			return now
		}
	}
	return last
}
