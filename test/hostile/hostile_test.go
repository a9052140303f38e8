package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/test/netns"
)

// under is how long an agent is watched under each attack.
const under = 3 * time.Second

// expensive is a pack whose login asks questions that are expensive on a nested page. It submits nothing.
const expensive = `format = 1
hosts = ["` + portalHost + `"]
[[step]]
id = "has"
open = "http://` + portalHost + `/login"
capture.a = { css = "form:has(div:has(div:has(p[name=accept])))", optional = true }
capture.b = { css = "div:has(form p ~ p):not(:has(b)) p:nth-last-child(2n+1)", optional = true }
[[step]]
id = "contains"
open = "http://` + portalHost + `/login"
expect = [{ css = "form:contains('none') p, div:has(p:contains('none'))" }]
`

// packFile describes a pack of the name that claims the portal.
func packFile(name string) string {
	return "format = 1\nname = \"" + name + "\"\nversion = \"1.0.0\"\nlabel = \"Worst\"\n[[claim]]\nportal_host = [\"" + portalHost + "\"]\nconfidence = \"high\"\n"
}

func writePack(t *testing.T, dir, name, pack, flow string) {
	t.Helper()
	at := filepath.Join(dir, name)
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{"pack.toml": pack, "authenticate.toml": flow} {
		if err := os.WriteFile(filepath.Join(at, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rig is an agent behind a gateway.
type rig struct {
	*testing.T
	client  *netns.Namespace
	gateway *gateway
	agent   *agent
}

// course is a test of an agent.
type course struct {
	attack
	prepare   func(r rig) // before the agent starts
	meanwhile func(r rig) // while it is measured
}

// run drives an agent through a course.
func run(t *testing.T, c course) {
	t.Helper()
	require(t)
	client, outside := netns.New(t), netns.New(t)
	wire(t, client, outside)
	g := newGateway(t, outside, c.attack)
	r := rig{t, client, g, newAgent(t, g.authority.PEM())}
	writePack(t, r.agent.packs(), "worst", packFile("worst"), expensive)
	r.agent.helper("consent", "terms", "click-through", "always")
	if c.prepare != nil {
		c.prepare(r)
	}
	join(client)
	r.agent.start(client)
	m := measure(r.agent)
	if c.meanwhile != nil {
		c.meanwhile(r)
	}
	time.Sleep(under)
	m.check()
}

// TestHostileNetwork attacks with what a gateway can send.
func TestHostileNetwork(t *testing.T) {
	for name, a := range map[string]attack{
		"tree of a probe":       {any: html(adoption(64 << 10))},
		"tree of a page":        {page: html(adoption(1 << 20))},
		"tree, packed":          {page: gzipped(adoption(1 << 20))},
		"selectors of a probe":  {any: html(nested(1 << 20))},
		"selectors of a page":   {page: html(nested(1 << 20))},
		"scripts":               {page: html(script())},
		"packed bomb":           {any: bomb},
		"endless body":          {any: endless},
		"endless page":          {page: endless},
		"slow drip":             {conn: drip},
		"redirects":             {any: loop},
		"refreshes":             {page: refreshing},
		"endless headers":       {conn: headers},
		"endless interim":       {conn: interim},
		"junk":                  {conn: junk},
		"cookies":               {page: manyCookies},
		"junk names":            {names: dnsJunk},
		"many names":            {names: dnsFlood},
		"no time left":          {api: document("0", "0")},
		"negative time":         {api: document("-9223372036854775808", "-1")},
		"endless time":          {api: document("1e400", "18446744073709551616")},
		"document without end":  {api: `{"captive": true, "x": "` + strings.Repeat("x", 4<<20) + `"}`},
		"document with a depth": {api: strings.Repeat(`{"captive":`, 100_000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, course{attack: a, meanwhile: func(r rig) {
				r.agent.eventually("reached the attack", func() bool { return r.gateway.requests.Load() > 0 })
			}})
		})
	}
}

// A network that says that the session ends now is not asked more often than one that says that it lasts.
func TestHostileRates(t *testing.T) {
	for name, online := range map[string]http.HandlerFunc{"captive": nil, "online": probetest.Internet().ServeHTTP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls [2]int64
			t.Run("measured", func(t *testing.T) {
				for i, seconds := range []string{"86400", "0"} {
					t.Run(seconds, func(t *testing.T) {
						t.Parallel()
						api := document(seconds, seconds)
						if online != nil {
							api = strings.Replace(api, "true", "false", 1)
						}
						run(t, course{attack: attack{any: online, api: api}, meanwhile: func(r rig) {
							r.agent.eventually("asked the API", func() bool { return r.gateway.apiCalls.Load() > 0 })
							time.Sleep(16 * time.Second)
							calls[i] = r.gateway.apiCalls.Load()
						}})
					})
				}
			})
			t.Logf("requests for the document: %d, and %d when it ends now", calls[0], calls[1])
			if calls[1] > calls[0]*3/2+8 { // a back-off of 1 s, 2 s, 4 s, 8 s has four attempts more
				t.Error("too many")
			}
		})
	}
}

// Connections to the network that come and go leave no work behind.
func TestHostileReconnections(t *testing.T) {
	run(t, course{attack: attack{page: html(nested(1 << 20))}, meanwhile: func(r rig) {
		r.agent.eventually("reached the attack", func() bool { return r.gateway.requests.Load() > 0 })
		for range 20 {
			leave(r.client)
			join(r.client)
			time.Sleep(200 * time.Millisecond)
		}
	}})
}

// nestedTables is 32 kB of inline tables.
func nestedTables() string {
	return "a = " + strings.Repeat("{a=", 8000) + "1" + strings.Repeat("}", 8000)
}

// TestHostilePacks drops packs into the watched directory: each is refused, and the reload after it works.
func TestHostilePacks(t *testing.T) {
	hex := "{{." + "probe.url" + strings.Repeat(" | hex", 34) + "}}"
	flow := "format = 1\nhosts = [\"" + portalHost + "\"]\n[[step]]\nid = \"hex\"\nopen = \"http://" + portalHost + "/" + hex + "\"\n"
	list := strings.Replace(packFile("bad"), "portal_host = [\""+portalHost+"\"]", "ssid_file = \"list\"", 1)
	put := func(path string, err error) {
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for name, drop := range map[string]func(dir string){
		"tables": func(dir string) { writePack(t, dir, "bad", nestedTables(), expensive) },
		"arrays": func(dir string) {
			writePack(t, dir, "bad", "a = "+strings.Repeat("[", 16_000)+strings.Repeat("]", 16_000), expensive)
		},
		"keys":     func(dir string) { writePack(t, dir, "bad", strings.Repeat("a.", 16_000)+"a = 1", expensive) },
		"headers":  func(dir string) { writePack(t, dir, "bad", "["+strings.Repeat("a.", 16_000)+"a]\n", expensive) },
		"template": func(dir string) { writePack(t, dir, "bad", packFile("bad"), flow) },
		"huge file": func(dir string) {
			writePack(t, dir, "bad", packFile("bad"), "")
			put(dir, os.Truncate(filepath.Join(dir, "bad", "authenticate.toml"), 1<<40))
		},
		"device": func(dir string) {
			writePack(t, dir, "bad", list, expensive)
			put(dir, os.Symlink("/dev/zero", filepath.Join(dir, "bad", "list")))
		},
		"pipe": func(dir string) {
			put(dir, os.Mkdir(filepath.Join(dir, "bad"), 0o755))
			put(dir, syscall.Mkfifo(filepath.Join(dir, "bad", "pack.toml"), 0o644))
		},
		"pipe as a list": func(dir string) {
			writePack(t, dir, "bad", list, expensive)
			put(dir, syscall.Mkfifo(filepath.Join(dir, "bad", "list"), 0o644))
		},
		"patterns": func(dir string) {
			patterns := "ssid = [" + strings.Repeat(`"/(?i)[a-zé]{900}/", `, 10_000) + "]"
			writePack(t, dir, "bad", strings.Replace(packFile("bad"), "portal_host = [\""+portalHost+"\"]", patterns, 1), expensive)
		},
		"patterns of a flow": func(dir string) {
			queries := "[[step.case]]\nresult = 'denied'\nwhen = [" + strings.Repeat("{ regex = '(?i)[a-zé]{900}' },", 20) + "]\n"
			step := "[[step]]\nid = 'a%d'\nopen = 'http://" + portalHost + "/'\n" + strings.Repeat(queries, 20)
			steps := ""
			for i := range 10 {
				steps += fmt.Sprintf(step, i)
			}
			writePack(t, dir, "bad", packFile("bad"), "format = 1\nhosts = [\""+portalHost+"\"]\n"+steps)
		},
		"one list for all": func(dir string) {
			var names strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&names, "network-%06d\n", i)
			}
			writePack(t, dir, "bad", list+strings.Repeat("[[claim]]\nconfidence = \"low\"\nssid_file = \"list\"\n", 200), expensive)
			put(dir, os.WriteFile(filepath.Join(dir, "bad", "list"), []byte(names.String()), 0o644))
		},
		"many values": func(dir string) {
			writePack(t, dir, "bad", list, expensive)
			put(dir, os.WriteFile(filepath.Join(dir, "bad", "list"), []byte(strings.Repeat("a\n", 16<<20)), 0o644))
		},
		"many packs": func(dir string) {
			for i := range 300 {
				writePack(t, dir, fmt.Sprintf("bad%d", i), nestedTables(), expensive)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, course{meanwhile: func(r rig) {
				drop(r.agent.packs())
				time.Sleep(time.Second)
				writePack(r.T, r.agent.packs(), "good", packFile("good"), expensive)
				r.agent.eventually("took a good pack", func() bool { return r.agent.logs("good") })
			}})
		})
	}
}

// TestHostileFiles starts an agent whose files are not what they should be. It works without them.
func TestHostileFiles(t *testing.T) {
	for name, put := range map[string]func(state string) error{
		"huge memory": func(state string) error {
			file := filepath.Join(state, "memory.json")
			return errors.Join(os.WriteFile(file, nil, 0o600), os.Truncate(file, 1<<40))
		},
		"memory of others": func(state string) error {
			file := filepath.Join(state, "memory.json")
			return errors.Join(os.WriteFile(file, []byte("{}"), 0o600), os.Chmod(file, 0o666))
		},
		"consents as a pipe": func(state string) error {
			file := filepath.Join(state, "consents.json")
			return errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600))
		},
		"secrets without end": func(state string) error { return os.Symlink("/dev/zero", filepath.Join(state, "secrets.json")) },
		"lock as a pipe":      func(state string) error { return syscall.Mkfifo(filepath.Join(state, "agent.lock"), 0o600) },
		"reports as a pipe":   func(state string) error { return syscall.Mkfifo(filepath.Join(state, "reports"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, course{prepare: func(r rig) {
				if err := put(filepath.Join(r.agent.home, "state", "hotspot-helper")); err != nil {
					t.Fatal(err)
				}
			}})
		})
	}
}

// TestHostileBus sends arguments of 20 MB, and many calls. The agent stays on the bus and answers in between.
func TestHostileBus(t *testing.T) {
	run(t, course{meanwhile: func(r rig) {
		conn, err := dbus.Connect(r.agent.address)
		if err != nil {
			r.Fatal(err)
		}
		defer conn.Close()
		large := string(bytes.Repeat([]byte("x"), 20<<20))
		object := conn.Object(bus.Name, bus.Path)
		for range 5 {
			for method, argument := range map[string]any{"Login": large, "Logoff": large, "GetClaims": []byte(large), "None": large} {
				if err := object.Call(bus.Interface+"."+method, dbus.FlagNoAutoStart, argument).Err; err == nil {
					r.Errorf("%s takes 20 MB", method)
				}
			}
		}
		for range 2000 { // without waiting for the answers
			object.Go(bus.Interface+".Login", dbus.FlagNoReplyExpected, nil, ifname)
		}
	}})
}
