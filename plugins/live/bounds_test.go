package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/internal/confine"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins/live"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// maxHeap is what an attack may cost in bytes.
const maxHeap = 200 << 20

// heap returns the most bytes that the heap has while something is done.
func heap(do func()) (most uint64) {
	runtime.GC()
	debug.FreeOSMemory()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapInuse)
		select {
		case <-done:
			return most
		case <-tick.C:
		}
	}
}

// TestCostlyLines sends lines that a decoder, or the search for secrets, needs much more memory or time for than they have bytes.
func TestCostlyLines(t *testing.T) {
	hotspot := hotspot(t, portaltest.KindSrun, 1)
	for name, parameters := range map[string]string{
		"numbers":                `'"url":"/","json":[' + '1,' * 1000000 + '1]'`,
		"numbers of a secret":    `'"url":"/","json":{"digest":[' + '1,' * 1000000 + '1]}'`,
		"strings":                `'"url":"/","json":[' + '"1",' * 500000 + '1]'`,
		"objects":                `'"url":"/","json":[' + '{},' * 80000 + '1]'`,
		"objects with a member":  `'"url":"/","json":[' + '{"":0},' * 290000 + '1]'`,
		"objects in each other":  `'"url":"/","json":[' + ('{"":' * 24 + '0' + '}' * 24 + ',') * 14000 + '0]'`,
		"arrays in each other":   `'"url":"/","json":[' + ('[' * 24 + '0' + ']' * 24 + ',') * 40000 + '0]'`,
		"form":                   `'"url":"/","form":{' + '"":"",' * 350000 + '"":""}'`,
		"headers":                `'"url":"/","headers":{' + ','.join('"%x":""' % i for i in range(170000)) + '}'`,
		"parameters of a URL":    `'"url":"/?' + 'digest=1&' * 200000 + '"'`,
		"secrets in a URL":       `'"url":"/?' + '&'.join('digest=%x' % (i + 123456789) for i in range(100000)) + '"'`,
		"secrets within bounds":  `'"url":"/?' + '&'.join('digest=%x' % (i + n * 100 + 123456789) for i in range(100)) + '"'`,
		"members within bounds":  `'"url":"/","json":[' + '{"digest":"' + str(n) + 'abcdefgh"},' * 2000 + '1]'`,
		"long text to be masked": `'"url":"/","json":["' + ('27182818 ' * 100000) + '"]'`,
	} {
		t.Run(name, func(t *testing.T) {
			helper := odd(t, "def authenticate(p):\n    for n in range(8):\n        sys.stdout.write('{\"method\":\"' + I + 'Exchange\",\"parameters\":{' + "+parameters+" + '}}\\n'); sys.stdout.flush()\n        if not receive(): sys.exit(0)\n    return result('denied')")
			c := meet(t, helper, hotspot)
			if most := heap(func() { _, _ = helper.Authenticate(t.Context(), c.job()) }); most > maxHeap {
				t.Errorf("costs %d MB", most>>20)
			}
		})
	}
}

// TestManySecrets computes more values of secret fields than a flow may have.
func TestManySecrets(t *testing.T) {
	helper := odd(t, "def authenticate(p):\n    for n in range(20): a = exchange(url='/x', json=[{'digest': '%d abcdefgh' % (n * 100 + i)} for i in range(100)])\n    return result('submitted', reason=a['parameters']['kind'] + ': ' + a['parameters']['reason'])")
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	if result, err := helper.Authenticate(t.Context(), c.job()); err != nil || !strings.HasPrefix(result.Reason, "limit: more than 1000 values") {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestOneMistake says the first of many mistakes in one line.
func TestOneMistake(t *testing.T) {
	helper := odd(t, "def authenticate(p): return result('submitted', reason=str(exchange(url='/x', json={'digest': [1] * 4000})['parameters']))")
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	if result, err := helper.Authenticate(t.Context(), c.job()); err != nil || strings.Count(result.Reason, "a secret must be a string") != 1 || len(result.Reason) > 200 {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestManyDescriptions loads many helpers that describe themselves at length, at the same time.
func TestManyDescriptions(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	dir := t.TempDir()
	for i := range 8 {
		name := fmt.Sprintf("odd%d", i)
		filetest.WriteProgram(t, filepath.Join(dir, name+".py"), []byte("#!/usr/bin/python3\nimport sys\nsys.stdin.readline()\n"+
			"print('{\"error\":\"org.varlink.service.MethodNotFound\"}', flush=True)\nsys.stdin.readline()\n"+
			"sys.stdout.write('{\"parameters\":{\"inputs\":[' + '{},' * 80000 + '{}]}}\\n'); sys.stdout.flush()\nsys.stdin.readline()\n"))
		must(t, os.WriteFile(filepath.Join(dir, name+".toml"), []byte("api = 1\nexec = \""+name+".py\"\n"+anywhere), 0o600))
	}
	var err error
	if most := heap(func() { _, err = loadAll(t, dir) }); most > maxHeap || strings.Count(fmt.Sprint(err), "more than 10000 values") != 8 {
		t.Errorf("costs %d MB: %v", most>>20, err)
	}
}

// TestFewPrograms runs a few programs at once, however many are asked.
func TestFewPrograms(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	dir := t.TempDir()
	for i := range 6 {
		write(t, dir, fmt.Sprintf("odd%d", i), "", anywhere)
	}
	helpers, err := loadAll(t, dir)
	if err != nil || len(helpers) != 6 {
		t.Fatalf("loads %d helpers: %v", len(helpers), err)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	var started []*confine.Process
	most := 0
	for _, helper := range helpers {
		helper.OnStart(func(process *confine.Process) {
			mu.Lock()
			defer mu.Unlock()
			started = slices.DeleteFunc(append(started, process), func(p *confine.Process) bool { return p.Ended(time.Millisecond) != "" })
			most = max(most, len(started))
		})
		c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
		all.Go(func() { helper.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "x"}, nil)) })
		all.Go(func() { _, _ = helper.Authenticate(t.Context(), c.job()) })
	}
	all.Wait()
	if most > live.MaxPrograms || most == 0 {
		t.Errorf("%d programs ran at once; want 1 to %d", most, live.MaxPrograms)
	}
}

// TestRoomForTheAgent compares what programs may take with what the units give: the rest is the agent's.
func TestRoomForTheAgent(t *testing.T) {
	const agent = 40 // tasks
	for _, unit := range []string{"hotspot-helper.service", "hotspot-helper-system.service"} {
		text, err := os.ReadFile("../../configs/systemd/" + unit)
		must(t, err)
		found := regexp.MustCompile(`(?m)^TasksMax=(\d+)$`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no TasksMax", unit)
		}
		tasks, err := strconv.Atoi(string(found[1]))
		if err != nil || live.MaxPrograms*confine.MaxTasks+agent > tasks {
			t.Errorf("%s: %d programs of %d tasks leave the agent less than %d of %d: %v", unit, live.MaxPrograms, confine.MaxTasks, agent, tasks, err)
		}
	}
}

// TestLongErrors bounds what a helper says where it fails.
func TestLongErrors(t *testing.T) {
	helper := odd(t, "def claim(p): send({'error': 'x.Y', 'parameters': {'a': 'A' * 200000 + '\\u009b31m\\u202e'}}); time.sleep(1000)")
	var mu sync.Mutex
	var logged bytes.Buffer
	helper.LogTo(slog.New(slog.NewTextHandler(locked{&mu, &logged}, nil)))
	for range 2 {
		if claim := helper.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "x"}, nil)); len(claim.Reason) > 400 || !strings.Contains(claim.Reason, "x.Y") {
			t.Errorf("a reason of %d bytes: %.400s", len(claim.Reason), claim.Reason)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if logged.Len() > 2000 {
		t.Errorf("logs %d bytes", logged.Len())
	}
	for _, code := range []string{
		"def describe(p): return {'name': 'x' * 200000}",
		"def describe(p): send({'error': 'x.Y\\x1b\\u009b' + 'x' * 200000}); time.sleep(1000)",
	} {
		dir := t.TempDir()
		write(t, dir, "odd", code, anywhere)
		if _, err := loadAll(t, dir); err == nil || len(err.Error()) > 5000 || strings.ContainsAny(err.Error(), "\x1b\u009b") {
			t.Errorf("an error of %d bytes: %.300q", len(fmt.Sprint(err)), fmt.Sprint(err))
		}
	}
}

// TestHalfSecrets lets a helper say a secret where its text is cut, in pieces, and in errors.
func TestHalfSecrets(t *testing.T) {
	const half = "2718281"
	for name, code := range map[string]string{
		"an error that is cut":       "send({'error': 'x.Y', 'parameters': {'a': '.' * (291 - len(half)) + s + ' and more'}}); time.sleep(1000)",
		"a method that is not there": "send({'error': 'org.varlink.service.MethodNotFound', 'parameters': {'method': s}}); time.sleep(1000)",
		"an outcome that is cut":     "return result('.' * (200 - len(half)) + s)",
		"an outcome in pieces":       "return result(s[:5] + '\\x01' + s[5:])",
		"a reason that is cut":       "return result('denied', reason='.' * (300 - len(half)) + s)",
		"a number":                   "send({'parameters': {'result': {'outcome': 'denied', 'after': int(s * 3)}}}); time.sleep(1000)",
		"the end":                    "sys.exit('.' * (300 - len(half)) + s)",
		"a long line":                "print('\\x01' * (4096 - len(half)) + s, file=sys.stderr, flush=True); sys.exit(1)",
		"a line in pieces":           "print('it is \\x01' + s + '\\x01', file=sys.stderr, flush=True); sys.exit(1)",
	} {
		t.Run(name, func(t *testing.T) {
			helper := odd(t, "half = '"+half+"'\ndef authenticate(p):\n    s = p['inputs']['password']\n    "+code)
			var mu sync.Mutex
			var logged bytes.Buffer
			helper.LogTo(slog.New(slog.NewTextHandler(locked{&mu, &logged}, nil)))
			result, err := helper.Authenticate(t.Context(), meet(t, helper, hotspot(t, portaltest.KindSrun, 1)).job())
			mu.Lock()
			defer mu.Unlock()
			if text := fmt.Sprint(result, err, logged.String()); strings.Contains(text, half) {
				t.Errorf("shows %q: %s", half, text)
			}
		})
	}
}

// TestManyLogLines reads far more lines than are logged: secrets are looked for in those that are, and no further than in the beginning of each.
func TestManyLogLines(t *testing.T) {
	var logged bytes.Buffer
	masked := 0
	mask := func(text string) string {
		masked += len(text)
		return text
	}
	lines := strings.NewReader(strings.Repeat(strings.Repeat("x", 9000)+"\n", 1000))
	live.LogErrors(lines, slog.New(slog.NewTextHandler(&logged, nil)), mask)
	if says, warns := strings.Count(logged.String(), "helper says\""), strings.Count(logged.String(), "the rest is left out"); says != 50 || warns != 1 || lines.Len() > 0 {
		t.Errorf("%d lines and %d warnings; %d bytes are not read", says, warns, lines.Len())
	}
	if masked > 50*2*4200 {
		t.Errorf("secrets are looked for in %d bytes", masked)
	}
}

// TestReadingEnds reads the files of a program no further than the context goes, and none that is too large.
func TestReadingEnds(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	dir := t.TempDir()
	write(t, dir, "odd", "", anywhere)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := live.LoadFile(ctx, filepath.Join(dir, "odd.toml"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	must(t, os.Truncate(filepath.Join(dir, "odd.py"), 1<<40))
	if _, err := live.LoadFile(t.Context(), filepath.Join(dir, "odd.toml"), nil); err == nil || !strings.Contains(err.Error(), "more than 268435456 bytes") {
		t.Errorf("a large program: %v", err)
	}
}
