package bus

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus/bustest"
)

// withAuthority lets root stand in for polkit on a bus with the policy of systemBus.
const withAuthority = `<policy user="root"><allow own="` + authorityName + `"/></policy>
  <policy context="default"><allow send_destination="` + authorityName + `"/></policy>
</busconfig>`

// Users that every Debian has (base-passwd), and a group that none has by chance.
const (
	strangerID = 65534 // nobody
	memberID   = 1     // daemon
	groupOfBus = 61236
)

// systemAgent serves an agent on a bus like that of the system, with the shipped policy.
func systemAgent(t *testing.T, a Agent) Config {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can connect as other users")
	}
	shipped, err := filepath.Abs("../../configs/dbus/" + Name + ".conf")
	if err != nil {
		t.Fatal(err)
	}
	policy := strings.Replace(fmt.Sprintf(systemBus, shipped), "</busconfig>", withAuthority, 1)
	config := Config{
		System: true, Address: bustest.StartAs(t, os.Getenv("HELPER_REQUIRE"), policy).Address,
		group: func(name string) (uint32, error) {
			if name != Group {
				return 0, errors.New("no such group")
			}
			return groupOfBus, nil
		},
	}
	serveOn(t, config, a)
	return config
}

// clientOf is the client of a connection.
func clientOf(t *testing.T, conn *dbus.Conn) *Client {
	t.Helper()
	var owner string
	if err := conn.BusObject().Call("org.freedesktop.DBus.GetNameOwner", 0, Name).Store(&owner); err != nil {
		t.Fatal(err)
	}
	return &Client{conn: conn, logger: Config{}.logger(), agent: conn.Object(owner, Path)}
}

// authority stands in for polkit.
type authority struct {
	cancelled chan string

	mu     sync.Mutex
	asked  []question
	decide func(question) (authorization, *dbus.Error)
}

// question is one that polkit is asked.
type question struct {
	Who          subject
	Action       string
	Flags        uint32
	Cancellation string
}

func (a *authority) check(who subject, action string, _ map[string]string, flags uint32, cancellation string) (authorization, *dbus.Error) {
	q := question{who, action, flags, cancellation}
	a.mu.Lock()
	a.asked = append(a.asked, q)
	decide := a.decide
	a.mu.Unlock()
	return decide(q)
}

// set changes how it decides.
func (a *authority) set(decide func(question) (authorization, *dbus.Error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.decide = decide
}

func (a *authority) cancel(cancellation string) *dbus.Error {
	a.cancelled <- cancellation
	return nil
}

func (a *authority) questions() []question {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// standIn puts an authority on the bus.
func standIn(t *testing.T, config Config, decide func(question) (authorization, *dbus.Error)) *authority {
	t.Helper()
	a := &authority{decide: decide, cancelled: make(chan string, 16)}
	conn := dialAs(t, config.Address, 0)
	if err := conn.ExportMethodTable(map[string]any{"CheckAuthorization": a.check, "CancelCheckAuthorization": a.cancel}, authorityPath, authorityInterface); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(authorityName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return a
}

// The agent of the system answers root, the members of its group, and whom polkit authorizes. A caller that is
// refused is told what is missing.
func TestCallersOfTheSystemAgent(t *testing.T) {
	t.Parallel()
	config := systemAgent(t, &stub{})
	root, member, stranger := dialAs(t, config.Address, 0), dialAs(t, config.Address, memberID, groupOfBus), dialAs(t, config.Address, strangerID)
	for name, conn := range map[string]*dbus.Conn{"root": root, "member": member} {
		if _, err := clientOf(t, conn).Status(within(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := clientOf(t, stranger)
	_, err := c.Status(within(t))
	for _, want := range []string{"group hotspot-helper", "polkit action org.hotspothelper.manage", "there is no polkit"} {
		if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), want) {
			t.Errorf("without polkit: %v, want %q", err, want)
		}
	}
	polkit := standIn(t, config, nil)
	for _, test := range []struct {
		name    string
		answer  authorization
		failure *dbus.Error
		want    error
		text    string
	}{
		{name: "yes", answer: authorization{Authorized: true}},
		{name: "no", want: ErrDenied, text: "polkit does not authorize it"},
		{name: "password", answer: authorization{Challenge: true}, want: ErrAuthentication, text: "polkit wants an authentication"},
		{name: "broken", failure: dbus.NewError("org.freedesktop.PolicyKit1.Error.Failed", []any{"out of order"}), want: ErrDenied, text: "out of order"},
	} {
		polkit.set(func(question) (authorization, *dbus.Error) { return test.answer, test.failure })
		_, err := c.Status(within(t))
		if !errors.Is(err, test.want) || test.want != nil && !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	asked := polkit.questions()
	if q := asked[0]; q.Who.Kind != "system-bus-name" || q.Who.Details["name"].Value() != stranger.Names()[0] || q.Action != Action || q.Flags != 0 {
		t.Errorf("polkit is asked %+v", q)
	}
	seen := map[string]bool{}
	for _, q := range asked {
		if seen[q.Cancellation] {
			t.Errorf("%q names two questions", q.Cancellation)
		}
		seen[q.Cancellation] = true
	}
	before := len(asked)
	if _, err := clientOf(t, member).Status(within(t)); err != nil || len(polkit.questions()) != before {
		t.Errorf("a member: %v, and polkit is asked", err)
	}
}

// Polkit asks for a password only where the call allows it.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	config := systemAgent(t, &stub{})
	var known atomic.Bool
	polkit := standIn(t, config, func(q question) (authorization, *dbus.Error) {
		if q.Flags == allowInteraction {
			known.Store(true)
		}
		return authorization{Authorized: known.Load(), Challenge: !known.Load()}, nil
	})
	c := clientOf(t, dialAs(t, config.Address, strangerID))
	if _, err := c.Status(within(t)); !errors.Is(err, ErrAuthentication) {
		t.Fatalf("without: %v", err)
	}
	if err := c.Authorize(within(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(within(t)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	var flags []uint32
	for _, q := range polkit.questions() {
		flags = append(flags, q.Flags)
	}
	if !slices.Equal(flags, []uint32{0, allowInteraction, 0}) {
		t.Errorf("polkit is asked with %v", flags)
	}
	polkit.set(func(question) (authorization, *dbus.Error) { return authorization{Challenge: true}, nil })
	if err := c.Authorize(within(t)); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "nobody to authenticate") {
		t.Errorf("dismissed: %v", err)
	}
}

// No method of the interface answers a caller that may not ask.
func TestEveryMethodIsGuarded(t *testing.T) {
	t.Parallel()
	a := &stub{}
	config := systemAgent(t, a)
	stranger := dialAs(t, config.Address, strangerID)
	zero := map[string]any{"s": "", "ay": []byte{}}
	for _, method := range describe().Methods {
		var args []any
		for _, arg := range method.Args {
			if arg.Direction == "in" {
				args = append(args, zero[arg.Type])
			}
		}
		err := stranger.Object(Name, Path).CallWithContext(within(t), Interface+"."+method.Name, 0, args...).Err
		if answer, ok := errors.AsType[dbus.Error](err); !ok || answer.Name != "org.hotspothelper.Error.NotAuthorized" {
			t.Errorf("%s: %v", method.Name, err)
		}
	}
	if asked := a.requests(); len(asked) > 0 {
		t.Errorf("the agent is asked: %q", asked)
	}
}

// A polkit that does not answer is told to stop, and its silence is no permission.
func TestSilentAuthority(t *testing.T) {
	t.Parallel()
	config := systemAgent(t, &stub{})
	asked, until := make(chan string, 1), make(chan struct{})
	t.Cleanup(func() { close(until) })
	polkit := standIn(t, config, func(q question) (authorization, *dbus.Error) {
		asked <- q.Cancellation
		<-until
		return authorization{Authorized: true}, nil
	})
	ctx, stop := context.WithCancel(t.Context())
	refused := make(chan error, 1)
	conn := dialAs(t, config.Address, 0)
	go func() { refused <- authorize(ctx, conn, conn.Names()[0], 7, false) }()
	cancellation := <-asked
	stop()
	if err := <-refused; !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "did not answer") {
		t.Errorf("%v", err)
	}
	if got := <-polkit.cancelled; got != cancellation {
		t.Errorf("cancelled is %q, not %q", got, cancellation)
	}
}

// Callers for whom polkit takes long are few at a time, and keep nobody else waiting.
func TestChecksAreBounded(t *testing.T) {
	t.Parallel()
	config := systemAgent(t, &stub{status: agent.Status{}})
	asked, until := make(chan struct{}, 2*maxCalls), make(chan struct{})
	standIn(t, config, func(question) (authorization, *dbus.Error) {
		asked <- struct{}{}
		<-until
		return authorization{Authorized: true}, nil
	})
	c := clientOf(t, dialAs(t, config.Address, strangerID))
	answers := make(chan error, 2*maxCalls)
	for range 2 * maxCalls {
		go func() { _, err := c.Status(within(t)); answers <- err }()
	}
	for range 2*maxCalls - maxUserChecks {
		if err := <-answers; !errors.Is(err, ErrBusy) {
			t.Fatalf("more than polkit is asked about at a time: %v", err)
		}
	}
	if _, err := clientOf(t, dialAs(t, config.Address, 0)).Status(within(t)); err != nil {
		t.Errorf("root: %v", err)
	}
	close(until)
	for range maxUserChecks {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if n := len(asked); n != maxUserChecks {
		t.Errorf("polkit is asked %d times", n)
	}
	if _, err := c.Status(within(t)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// The shipped action is the one that is asked for, and its owner is the agent's user: polkit answers no others
// than root about the actions that they do not own.
func TestShippedAction(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../configs/polkit/org.hotspothelper.policy")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct {
		Action []struct {
			ID       string `xml:"id,attr"`
			Any      string `xml:"defaults>allow_any"`
			Inactive string `xml:"defaults>allow_inactive"`
			Active   string `xml:"defaults>allow_active"`
			Annotate []struct {
				Key   string `xml:"key,attr"`
				Value string `xml:",chardata"`
			} `xml:"annotate"`
		} `xml:"action"`
	}
	if err := xml.Unmarshal(data, &shipped); err != nil || len(shipped.Action) != 1 {
		t.Fatalf("%d actions: %v", len(shipped.Action), err)
	}
	a := shipped.Action[0]
	if a.ID != Action || a.Any != "auth_admin_keep" || a.Inactive != "auth_admin_keep" || a.Active != "yes" {
		t.Errorf("shipped is %+v", a)
	}
	if len(a.Annotate) != 1 || a.Annotate[0].Key != "org.freedesktop.policykit.owner" || a.Annotate[0].Value != "unix-user:hotspot-helper" {
		t.Errorf("annotated with %+v", a.Annotate)
	}
}
