package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/bus/wire"
)

// maxBusAnswer bounds a message that a check gets from a bus, in bytes. The longest lists names.
const maxBusAnswer = 1 << 20

// The units of the agents.
const (
	userUnit   = "hotspot-helper.service"
	systemUnit = "hotspot-helper-system.service"
)

// onBus asks something of a bus, and never starts a service.
func onBus(ctx context.Context, config bus.Config, ask func(*dbus.Conn) error) error {
	conn, err := wire.Dial(ctx, config.Addresses(), wire.Options{Message: maxBusAnswer})
	if err != nil {
		return err
	}
	defer conn.Close()
	return ask(conn)
}

// isWithoutBus reports whether nothing listens where a bus should be.
func isWithoutBus(err error) bool {
	_, ok := errors.AsType[*wire.NoListenerError](err)
	return ok
}

// callBus calls a method of a service that runs.
func callBus(ctx context.Context, conn *dbus.Conn, service, path, method string, args ...any) *dbus.Call {
	return conn.Object(service, dbus.ObjectPath(path)).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
}

// hasNoService reports whether a call failed because the service does not run.
func hasNoService(err error) bool {
	answer, ok := errors.AsType[dbus.Error](err)
	return ok && (answer.Name == "org.freedesktop.DBus.Error.ServiceUnknown" || answer.Name == "org.freedesktop.DBus.Error.NameHasNoOwner")
}

// namesOn returns the services that run on a bus.
func namesOn(ctx context.Context, config bus.Config) (names []string, err error) {
	err = onBus(ctx, config, func(conn *dbus.Conn) error {
		return conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListNames", 0).Store(&names)
	})
	return names, err
}

// systemBus is the system bus, also where the agent is on the session bus.
func (a *app) systemBus() bus.Config {
	return bus.Config{System: true, Address: a.getenv("DBUS_SYSTEM_BUS_ADDRESS")}
}

func (a *app) examineBus(ctx context.Context) finding {
	config := a.daemonEnv().Bus()
	if _, err := namesOn(ctx, config); err != nil {
		advice := "run it in a desktop session; on a machine without one, use the agent of the system, with --system"
		if a.system {
			advice = "start the bus: 'systemctl start dbus'; without it the agent runs and cannot be asked"
		}
		return fails(advice, "the %s cannot be reached: %s", config, firstLine(err))
	}
	return isOK("the %s answers", config)
}

// heardServices are the services of the system bus that the agent hears, with what for.
func heardServices() map[string]string {
	return map[string]string{
		"org.freedesktop.NetworkManager": "NetworkManager", "org.freedesktop.resolve1": "systemd-resolved",
		"org.freedesktop.network1": "systemd-networkd", "org.freedesktop.login1": "logind",
	}
}

func (a *app) examineSystemBus(ctx context.Context) finding {
	names, err := namesOn(ctx, a.systemBus())
	return systemBusFinding(names, err)
}

// systemBusFinding judges which services run on the system bus.
func systemBusFinding(names []string, err error) finding {
	if err != nil {
		return warns("install and start dbus: without it the agent hears neither sleep nor network managers", "the system bus cannot be reached: %s", firstLine(err))
	}
	if heard := servicesAmong(names); len(heard) > 0 {
		return isOK("the system bus answers, with %s", strings.Join(heard, ", "))
	}
	return warns("without them sleep is noticed by the clocks, and name servers come from files", "the system bus answers, and none of the services is on it that the agent hears")
}

// servicesAmong are the services that the agent hears, as people call them.
func servicesAmong(names []string) []string {
	var heard []string
	for name, called := range heardServices() {
		if slices.Contains(names, name) {
			heard = append(heard, called)
		}
	}
	slices.Sort(heard)
	return heard
}

// askedAgent is what the agent on the bus says.
type askedAgent struct {
	version string
	status  agent.Status
}

func (a *app) askAgent(ctx context.Context) (asked askedAgent, err error) {
	client, err := bus.Dial(ctx, a.daemonEnv().Bus())
	if err != nil {
		return asked, err
	}
	defer client.Close()
	if asked.version, err = client.Version(ctx); err == nil {
		asked.status, err = client.Status(ctx)
	}
	return asked, err
}

func (a *app) examineAgent(ctx context.Context) finding {
	asked, err := a.askAgent(ctx)
	return agentFinding(asked, err, a.unitCommand("enable --now"), a.unitCommand("restart"))
}

// agentFinding judges an agent by what it says, or why it does not.
func agentFinding(asked askedAgent, err error, enable, restart string) finding {
	switch {
	case errors.Is(err, bus.ErrNoAgent):
		return fails("start it: '"+enable+"', or 'helper run' in a terminal", "no agent is running")
	case errors.Is(err, bus.ErrDenied), errors.Is(err, bus.ErrAuthentication):
		return warns("join the group "+bus.Group+", or allow "+bus.Action+" with a rule of polkit's", "an agent is running, and this user may not ask it")
	case errors.Is(err, bus.ErrNoBus):
		return isUnknown("without a bus it is not known whether an agent is running")
	case err != nil:
		return fails("its log says more: 'journalctl --user -u hotspot-helper'", "the agent does not answer: %s", firstLine(err))
	case asked.version != version:
		return fails("start the new one: '"+restart+"'", "the agent that is running has version %s, and this command %s", asked.version, version)
	}
	return isOK("an agent is running since %s and watches %d interfaces", asked.status.Started.Local().Format("2006-01-02 15:04"), len(asked.status.Associations))
}

// unitCommand is a command for the agent's unit.
func (a *app) unitCommand(verb string) string {
	if a.system {
		return "sudo systemctl " + verb + " hotspot-helper-system"
	}
	return "systemctl --user " + verb + " hotspot-helper"
}

// unit is what systemd knows of the agent's unit.
type unit struct {
	File   string // such as enabled, disabled or masked; empty: it is not installed
	Active string // such as active, inactive or failed
}

// readUnit asks the manager of the user, or of the system. Each is on the agent's bus.
func (a *app) readUnit(ctx context.Context) (u unit, err error) {
	name := a.unitName()
	err = onBus(ctx, a.daemonEnv().Bus(), func(conn *dbus.Conn) error {
		const manager, path = "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
		err := callBus(ctx, conn, manager, path, manager+".Manager.GetUnitFileState", name).Store(&u.File)
		if answer, ok := errors.AsType[dbus.Error](err); ok && (strings.HasSuffix(answer.Name, ".FileNotFound") || strings.HasSuffix(answer.Name, ".NoSuchUnit")) {
			return nil
		}
		if err != nil {
			return err
		}
		var object dbus.ObjectPath
		if err := callBus(ctx, conn, manager, path, manager+".Manager.LoadUnit", name).Store(&object); err != nil {
			return err
		}
		var active dbus.Variant
		err = callBus(ctx, conn, manager, string(object), "org.freedesktop.DBus.Properties.Get", manager+".Unit", "ActiveState").Store(&active)
		u.Active, _ = active.Value().(string)
		return err
	})
	return u, err
}

func (a *app) examineUnit(ctx context.Context) finding {
	u, err := a.readUnit(ctx)
	return a.unitFinding(u, err)
}

// unitFinding judges the agent's unit.
func (a *app) unitFinding(u unit, err error) finding {
	name := strings.TrimPrefix(strings.TrimPrefix(a.unitCommand(""), "sudo "), "systemctl ")
	name = strings.TrimSpace(strings.TrimPrefix(name, "--user "))
	switch {
	case isWithoutBus(err):
		return isUnknown("without a bus systemd cannot be asked")
	case hasNoService(err):
		return isUnknown("systemd does not answer on this bus: start 'helper run' with the session by other means")
	case err != nil:
		return isUnknown("systemd cannot be asked: %s", firstLine(err))
	case u.File == "":
		return warns("install a package, or 'make install': see README.md", "the unit %s is not installed, so the agent does not start by itself", name)
	case strings.HasPrefix(u.File, "masked"):
		return fails("'"+a.unitCommand("unmask")+"', then '"+a.unitCommand("enable --now")+"'", "the unit %s is masked", name)
	case u.Active == "failed":
		return fails("see why: '"+a.unitCommand("status")+"'", "the unit %s has failed", name)
	case u.File == "disabled" || u.File == "indirect":
		return fails("'"+a.unitCommand("enable --now")+"'", "the unit %s is not enabled, so the agent does not start by itself", name)
	case u.Active != "active":
		return fails("'"+a.unitCommand("start")+"'", "the unit %s is %s and %s", name, u.File, u.Active)
	}
	return isOK("the unit %s is %s and %s", name, u.File, u.Active)
}

func (a *app) examineNotifications(ctx context.Context) finding {
	if a.system {
		return isUnknown("the system's agent has no desktop to notify")
	}
	var capabilities, startable []string
	err := onBus(ctx, a.daemonEnv().Bus(), func(conn *dbus.Conn) error {
		const service = "org.freedesktop.Notifications"
		err := callBus(ctx, conn, service, "/org/freedesktop/Notifications", service+".GetCapabilities").Store(&capabilities)
		if hasNoService(err) {
			return errors.Join(err, conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&startable))
		}
		return err
	})
	return notificationsFinding(capabilities, slices.Contains(startable, "org.freedesktop.Notifications"), err)
}

// notificationsFinding judges the service that shows notifications.
func notificationsFinding(capabilities []string, isStartable bool, err error) finding {
	switch {
	case isWithoutBus(err):
		return isUnknown("without a bus nothing shows notifications")
	case err != nil && isStartable:
		return isOK("a service for notifications is started when it is needed")
	case hasNoService(err):
		return warns("start one, such as dunst or mako; until then 'helper status' says what a login waits for", "no service shows notifications")
	case err != nil:
		return isUnknown("the service for notifications cannot be asked: %s", firstLine(err))
	case !slices.Contains(capabilities, "actions"):
		return warns("answer with the command that a notification names", "notifications are shown, without buttons (capabilities: %s)", orDash(strings.Join(capabilities, ", ")))
	}
	return isOK("notifications are shown, with buttons (capabilities: %s)", strings.Join(capabilities, ", "))
}

// interfacesWith lists the associations for which a condition holds.
func interfacesWith(status agent.Status, holds func(agent.Association) bool) []string {
	var names []string
	for _, as := range status.Associations {
		if holds(as) {
			names = append(names, fmt.Sprintf("%s (%s)", as.Interface, as.Verdict))
		}
	}
	return names
}
