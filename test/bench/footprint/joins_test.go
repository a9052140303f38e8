package footprint_test

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/bus/bustest"
)

// joins is how many networks an agent joins and leaves.
const joins = 30

// rest is the longest time until the agent has come to rest after what it did.
const rest = 10 * time.Second

// agent is a `helper run` in the client's namespace, with a bus.
type agent struct {
	t       testing.TB
	network *network
	cmd     *exec.Cmd
	login   func() *exec.Cmd // a request for a login
	lines   *bufio.Scanner   // of its log
}

// BenchmarkJoins measures an agent with a bus: at rest, while it is logged in, and after it was
// in many networks.
func BenchmarkJoins(b *testing.B) {
	file, n := built(b), newNetwork(b)
	n.portal("click")
	n.await()
	cpu := time.Duration(math.MaxInt64)
	for b.Loop() {
		n.down()
		a := n.startAgentOn(file, "")
		b.ReportMetric(megabytes(a.settled()), "idle-MB")
		a.join(0)
		b.ReportMetric(megabytes(a.settled()), "login-MB")
		a.leave()
		begin := a.cpu()
		for i := range joins {
			a.visit(1 + i)
		}
		cpu = min(cpu, a.cpu()-begin)
		b.ReportMetric(megabytes(a.settled()), "joins-MB")
		b.ReportMetric(cpu.Seconds(), "CPU-s/joins")
		a.goroutines()
	}
	b.ReportMetric(0, "ns/op")
}

// What an agent opens and starts for a network ends when it leaves the network.
func TestJoinsLeaveNothing(t *testing.T) {
	requireNamespaces(t)
	file := filepath.Join(t.TempDir(), "helper")
	n := newNetwork(t)
	n.command("go build -o " + file + " hotspot-helper/cmd/helper")
	n.portal("click")
	n.await()
	var goroutines [2]map[string]int
	for i, visits := range []int{0, unasked} {
		n.down()
		a := n.startAgentOn(file, "")
		a.await("agent is on the bus")
		before := a.files()
		for number := range visits {
			a.visit(number)
		}
		diff := cmp.Diff(before, a.files())
		for begin := time.Now(); diff != "" && time.Since(begin) < rest; diff = cmp.Diff(before, a.files()) {
			time.Sleep(100 * time.Millisecond)
		}
		if time.Sleep(time.Second); diff != "" {
			t.Errorf("files after %d networks:\n%s", visits, diff)
		}
		goroutines[i] = a.goroutines()
	}
	if diff := cmp.Diff(goroutines[0], goroutines[1]); diff != "" {
		t.Errorf("goroutines (- without a network, + after some):\n%s", diff)
	}
}

// startAgentOn starts an agent that may accept terms, with the system bus of that address (empty: there is none), and waits until it
// answers.
func (n *network) startAgentOn(file, systemBus string) *agent {
	n.t.Helper()
	home := n.t.TempDir()
	if systemBus == "" {
		systemBus = "unix:path=" + filepath.Join(home, "no-bus")
	}
	a := &agent{t: n.t, network: n}
	env := append(environment(home), "SSL_CERT_FILE="+n.authority(), "SSL_CERT_DIR="+home, "GOTRACEBACK=all", "PATH="+os.Getenv("PATH"),
		"DBUS_SESSION_BUS_ADDRESS="+bustest.New(n.t, os.Getenv("HELPER_REQUIRE")),
		"DBUS_SYSTEM_BUS_ADDRESS="+systemBus)
	consent := exec.Command(file, "consent", "terms", "click-through", "always")
	consent.Env = env
	if output, err := consent.CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %v\n%s", consent, err, output)
	}
	a.login = func() *exec.Cmd {
		cmd := exec.Command(file, "login", "--interface", "eth0")
		cmd.Env = env
		return cmd
	}
	a.cmd = exec.Command("ip", "netns", "exec", n.client, file, "run", "--interface", "eth0")
	a.cmd.Env = env
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := a.cmd.StderrPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = a.cmd.Process.Kill()
		_ = a.cmd.Wait()
	})
	a.lines = bufio.NewScanner(log)
	a.await("agent started")
	return a
}

// await reads the log up to a line that has a text.
func (a *agent) await(text string) {
	a.t.Helper()
	late := time.AfterFunc(rest, func() { _ = a.cmd.Process.Signal(syscall.SIGQUIT) })
	defer late.Stop()
	var seen strings.Builder
	for a.lines.Scan() {
		if strings.Contains(a.lines.Text(), text) {
			return
		}
		fmt.Fprintln(&seen, a.lines.Text())
	}
	a.t.Fatalf("the agent's log has no %q: %v\n%s", text, a.lines.Err(), &seen)
}

// visit joins a network that was not seen before, is logged in to its portal, and leaves it.
func (a *agent) visit(number int) {
	a.t.Helper()
	a.join(number)
	a.leave()
}

// unasked is how many logins to one network after the other an agent makes by itself within a minute, and after a request.
const unasked = 4

// join ends when the probe has seen the Internet.
func (a *agent) join(number int) {
	a.t.Helper()
	n := a.network
	n.forget()
	n.command("ip -n " + n.world + " link set gw0 address " + fmt.Sprintf("02:00:00:00:%02x:%02x", number>>8, number&255))
	n.command("ip -n " + n.client + " link set eth0 up")
	n.command("ip -n " + n.client + " route replace default via " + gatewayAddress)
	if number > 0 && number%unasked == 0 {
		a.await("to=deferred")
		if output, err := a.login().CombinedOutput(); err != nil {
			a.t.Fatalf("ask for a login: %v\n%s", err, output)
		}
	}
	a.await("to=authenticated")
}

func (a *agent) leave() {
	a.t.Helper()
	a.network.down()
	a.await("to=inactive")
}

// settled waits until the resident set does not change for a while, and returns it in kB.
func (a *agent) settled() (kB int) {
	a.t.Helper()
	const still = 5 // seconds
	for same := 0; same < still; time.Sleep(time.Second) {
		now := status(a.t, proc(a.cmd.Process.Pid), "VmRSS")
		if now == kB {
			same++
		} else {
			kB, same = now, 0
		}
	}
	return kB
}

// files returns what the descriptors of the agent are.
func (a *agent) files() (files []string) {
	a.t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", a.cmd.Process.Pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join(dir, entry.Name())); err == nil {
			files = append(files, target)
		}
	}
	slices.Sort(files)
	return files
}

// cpu is the time of the processor that the agent took, in steps of 10 ms (proc(5)).
func (a *agent) cpu() time.Duration {
	a.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.cmd.Process.Pid))
	if err != nil {
		a.t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name of the program may have spaces
	total, fields := 0, strings.Fields(after)
	for _, field := range fields[11:13] { // utime and stime
		ticks, err := strconv.Atoi(field)
		if err != nil {
			a.t.Fatal(err)
		}
		total += ticks
	}
	return time.Duration(total) * 10 * time.Millisecond
}

// created is the line of a goroutine's trace that says who started it.
var created = regexp.MustCompile(`(?m)^created by (\S+)`)

// goroutines ends the agent and counts what ran in it, by who started it.
func (a *agent) goroutines() map[string]int {
	a.t.Helper()
	if err := a.cmd.Process.Signal(syscall.SIGQUIT); err != nil { // makes the Go runtime list all goroutines and exit
		a.t.Fatal(err)
	}
	count := map[string]int{}
	for a.lines.Scan() {
		switch line := a.lines.Text(); {
		case created.MatchString(line):
			count[created.FindStringSubmatch(line)[1]]++
		case strings.HasPrefix(line, "goroutine 1 "):
			count["main"]++
		}
	}
	if count["main"] != 1 {
		a.t.Fatalf("the agent listed no goroutines: %v", count)
	}
	return count
}

// down takes the client's link away.
func (n *network) down() {
	n.t.Helper()
	n.command("ip -n " + n.client + " link set eth0 down")
}

// await waits until the gateway answers.
func (n *network) await() {
	n.t.Helper()
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		err := n.from(n.forgetHere)
		if err == nil {
			return
		}
		if time.Since(begin) > settled {
			n.t.Fatalf("the gateway does not answer: %v", err)
		}
	}
}

// forget makes the gateway hold its client for a new one.
func (n *network) forget() {
	n.t.Helper()
	if err := n.from(n.forgetHere); err != nil {
		n.t.Fatal(err)
	}
}

// from calls a function in the gateway's namespace. The thread goes back afterwards: processes
// that it started would end with it (prctl(2), PR_SET_PDEATHSIG).
func (n *network) from(do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	here, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer here.Close()
	there, err := os.Open("/run/netns/" + n.world)
	if err != nil {
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter namespace: %w", err)
	}
	err = do()
	if back := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); back != nil {
		n.t.Fatalf("leave namespace: %v", back)
	}
	return err
}

// forgetHere sends the gateway the request that resets it.
func (n *network) forgetHere() error {
	conn, err := net.Dial("tcp", gatewayAddress+":80")
	if err != nil {
		return err
	}
	defer conn.Close()
	request, err := http.NewRequest(http.MethodPost, "http://"+gatewayAddress+"/", nil)
	if err != nil {
		return err
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
