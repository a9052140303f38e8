package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
)

// Group is the group whose members may ask the agent of the system.
const Group = "hotspot-helper"

// Bounds of what callers without permission cost.
const (
	// How many calls are under way at the same time ([wire.Calls]): of one connection, of one whose user is not known
	// yet, of all connections of one user, and of all. The bus allows a user 256 connections.
	maxCalls         = 16
	maxStrangerCalls = 4
	maxUserCalls     = 32
	maxAllCalls      = 2048
	// maxChecks is how many callers polkit is asked about at the same time, and maxUserChecks how
	// many of them have the same user.
	maxChecks     = 32
	maxUserChecks = 4
	// lookupTime bounds the wait for what the bus knows of a caller.
	lookupTime = 5 * time.Second
	// answerRate bounds the answers to one user who is no member, in bytes per second: the bus keeps those that are not
	// read, up to 127 MB, and then reads the agent no more.
	answerRate = 64 << 10
)

// guard decides who may ask the agent of the system: root, the agent's own user, the members of
// [Group], and those whom polkit authorizes for [Action]. Nil allows everyone: the bus of a
// session belongs to one user.
type guard struct {
	conn   *dbus.Conn
	logger *slog.Logger
	group  func(name string) (gid uint32, err error)
	own    uint32 // user of this process

	calls *wire.Calls // of the connection

	mu     sync.Mutex
	checks map[uint32]int // under way, by user
}

func newGuard(conn *dbus.Conn, calls *wire.Calls, config Config) *guard {
	g := &guard{
		conn: conn, logger: config.logger(), group: config.group, own: uint32(os.Getuid()),
		calls: calls, checks: map[uint32]int{},
	}
	if g.group == nil {
		g.group = groupID
	}
	return g
}

// caller is what the bus knows of a connection.
type caller struct {
	name   string // unique on the bus
	uid    uint32
	groups []uint32
}

// allow returns nil if the sender of a call may ask the agent, [ErrDenied] or [ErrAuthentication]
// with what is missing, or [ErrBusy]. It blocks for as long as polkit may take.
func (g *guard) allow(ctx context.Context, call dbus.Message) error {
	if g == nil {
		return nil
	}
	c, isMember, err := g.know(ctx, call)
	if err != nil || isMember {
		return err
	}
	if !g.beginCheck(c.uid) {
		return ErrBusy
	}
	defer g.endCheck(c.uid)
	err = authorize(ctx, g.conn, c.name, call.Serial(), call.Flags&dbus.FlagAllowInteractiveAuthorization != 0)
	if err != nil {
		g.logger.Debug("caller is refused", "user", c.uid, "error", err)
	}
	return err
}

// admit is allow for what everyone may ask: it only shares the agent among callers.
func (g *guard) admit(ctx context.Context, call dbus.Message) error {
	if g == nil {
		return nil
	}
	_, _, err := g.know(ctx, call)
	return err
}

// know returns the sender of a call, and counts the call as one of its user's. The error may be [ErrBusy].
func (g *guard) know(ctx context.Context, call dbus.Message) (c caller, isMember bool, err error) {
	name, _ := call.Headers[dbus.FieldSender].Value().(string)
	if c, err = g.identify(ctx, name); err != nil {
		return c, false, err
	}
	if !g.calls.Identify(name, c.uid) {
		return c, false, ErrBusy
	}
	if isMember = g.member(c); isMember {
		g.calls.Trust(name)
	}
	return c, isMember, nil
}

// member reports whether a caller needs no permission of polkit's.
func (g *guard) member(c caller) bool {
	if c.uid == 0 || c.uid == g.own {
		return true
	}
	gid, err := g.group(Group)
	return err == nil && slices.Contains(c.groups, gid)
}

// identify asks the bus who a connection belongs to (D-Bus specification, GetConnectionCredentials).
func (g *guard) identify(ctx context.Context, name string) (caller, error) {
	ctx, stop := context.WithTimeout(ctx, lookupTime)
	defer stop()
	var known map[string]dbus.Variant
	err := g.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionCredentials", 0, name).Store(&known)
	if err != nil {
		return caller{}, fmt.Errorf("identify the caller: %w", fromBus(err))
	}
	uid, ok := known["UnixUserID"].Value().(uint32)
	if !ok {
		return caller{}, errors.New("identify the caller: the bus does not know its user")
	}
	groups, ok := known["UnixGroupIDs"].Value().([]uint32)
	if !ok { // a bus that does not say
		groups = groupsOf(uid)
	}
	return caller{name, uid, groups}, nil
}

// beginCheck counts a question to polkit, unless there are too many.
func (g *guard) beginCheck(uid uint32) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	total := 0
	for _, n := range g.checks {
		total += n
	}
	if total >= maxChecks || g.checks[uid] >= maxUserChecks {
		return false
	}
	g.checks[uid]++
	return true
}

// endCheck is the end of a question that beginCheck counted.
func (g *guard) endCheck(uid uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.checks[uid]--; g.checks[uid] == 0 {
		delete(g.checks, uid)
	}
}

func groupID(name string) (uint32, error) {
	group, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(group.Gid, 10, 32)
	return uint32(id), err
}

// groupsOf returns the groups that the system's files give a user; none if they do not know the user.
func groupsOf(uid uint32) []uint32 {
	known, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return nil
	}
	names, err := known.GroupIds()
	if err != nil {
		return nil
	}
	var groups []uint32
	for _, name := range names {
		if id, err := strconv.ParseUint(name, 10, 32); err == nil {
			groups = append(groups, uint32(id))
		}
	}
	return groups
}
