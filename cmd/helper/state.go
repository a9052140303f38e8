package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
)

// daemonEnv is what an agent takes from the environment of this command.
func (a *app) daemonEnv() daemon.Env {
	return daemon.Env{Getenv: a.getenv, ConfigFile: a.configFile, System: a.system, Version: version, SystemData: a.systemData, Program: a.program, Connectivity: a.configured, Capacity: live.NewCapacity()}
}

// identity finds a helper by its name, or the pack in a directory such as ./NAME, and to whom
// belongs what the user gives it.
func (a *app) identity(name string) (plugins.Helper, maker.ID, error) {
	found, err := a.findHelper(name)
	if err != nil {
		return nil, maker.ID{}, err
	}
	id := plugins.Identity(found)
	if id.Maker == "" {
		return nil, id, hinted(fmt.Errorf("find helper %q: it is not used, because its files have mistakes or were changed after it was signed", name), "'helper pack list' shows the helpers")
	}
	return found, id, nil
}

// storedName is the name that something is stored under for a helper: its own, or that of the
// pack in a directory such as ./NAME, which may be gone.
func storedName(helper string) (string, error) {
	if !strings.Contains(helper, "/") {
		return helper, nil
	}
	_, name, err := packDir(helper)
	return name, err
}

func (a *app) findHelper(name string) (plugins.Helper, error) {
	if !strings.Contains(name, "/") {
		entry, err := a.daemonEnv().FindHelper(name)
		return entry.Helper, err
	}
	p, err := openPack(name)
	if err != nil {
		return nil, lintHint(err, name)
	}
	return p, nil
}

// resume asks a running agent to log in again on each interface that waits for the user
// and that concerns selects, with what was given as the cause. Without an agent there is nothing to do: the next one reads
// what was recorded.
func (a *app) resume(ctx context.Context, given agent.CauseKind, concerns func(agent.Association) bool) error {
	err := a.withAgent(ctx, func(ctx context.Context, client *bus.Client) error {
		status, err := client.Status(ctx)
		if err != nil {
			return err
		}
		for _, as := range status.Associations {
			if as.Phase != agent.PresentingUI && as.Phase != agent.Failed && as.Phase != agent.Deferred || !concerns(as) {
				continue
			}
			if err := client.Resume(ctx, as.Interface, given); err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s: the agent tries again, see 'helper status'\n", printable(as.Interface))
		}
		return nil
	})
	if errors.Is(err, bus.ErrNoBus) || errors.Is(err, bus.ErrNoAgent) {
		return nil
	}
	return err
}
