package window

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"hotspot-helper/portal/portaltest"
)

// curl asks for a URL through a proxy, in the client's namespace, as a user. It returns the status, 000 without one, and the body.
func (nw *network) curl(t testing.TB, uid uint32, proxy, url string) (status, body string) {
	t.Helper()
	args := []string{"-sS", "-m", "20", "-o", "-", "-w", "\n%{http_code}", url}
	if proxy != "" {
		args = append(args, "--proxy", proxy, "--noproxy", "")
	}
	var out []byte
	nw.client.Do(func() error {
		cmd := exec.Command("curl", args...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, _ = cmd.Output() // the status says how it went
		return nil
	})
	text := string(out)
	at := strings.LastIndex(text, "\n")
	return text[at+1:], text[:max(at, 0)]
}

// The proxy reaches the portal where nothing else does, serves its own user only, and reaches nothing of this computer.
func TestProxy(t *testing.T) {
	nw := newNetwork(t, portaltest.Options{Kind: portaltest.KindMikrotikPAP, Seed: 3})
	var touched atomic.Int64
	var port int
	nw.client.Do(func() error {
		listener, err := net.Listen("tcp", ":0")
		if err != nil {
			return err
		}
		t.Cleanup(func() { listener.Close() })
		port = listener.Addr().(*net.TCPAddr).Port
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				touched.Add(1)
				conn.Close()
			}
		}()
		return nil
	})
	open := nw.start(t, t.TempDir(), []string{noBus}, "open", "--interface", ifname, "--no-window")
	open.prints("proxy")
	at := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(open.output())
	const nobody = 65534
	const portal = "http://192.0.2.1/login"

	if status, _ := nw.curl(t, 0, "", "http://portal.test/"); status != "000" {
		t.Errorf("without the proxy the portal answers %s: the network of this test is wrong", status)
	}
	for _, proxy := range []string{"http://" + at, "socks5h://" + at, "socks5://" + at} {
		if status, body := nw.curl(t, 0, proxy, portal); status != "200" || !strings.Contains(body, "internet hotspot") {
			t.Errorf("%s: %s %s", proxy, status, body)
		}
		if status, _ := nw.curl(t, nobody, proxy, portal); status != "000" {
			t.Errorf("%s answers another user: %s", proxy, status)
		}
		hosts := []string{"127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", clientIP, "[::ffff:" + clientIP + "]", "10.200.0.2", "0.0.0.0", "localhost.", rebinding}
		if strings.HasPrefix(proxy, "socks5:") {
			hosts = hosts[:8] // curl itself resolves names
		}
		for _, host := range hosts {
			status, body := nw.curl(t, 0, proxy, fmt.Sprintf("http://%s:%d/", host, port))
			if strings.HasPrefix(proxy, "http:") && status != "403" && host != "localhost." || status == "200" {
				t.Errorf("%s to %s: %s %s", proxy, host, status, body)
			}
		}
	}
	if n := touched.Load(); n > 0 {
		t.Errorf("%d connections to this computer", n)
	}
	_ = open.cmd.Process.Signal(syscall.SIGINT)
	if code := open.exit(); code != 7 {
		t.Errorf("exit %d", code)
	}
	if status, _ := nw.curl(t, 0, "http://"+at, portal); status != "000" {
		t.Errorf("the proxy outlives its command: %s", status)
	}
}
