package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/wifi"
)

// daemonEnv is what an agent takes from the surroundings of this command.
func (a *app) daemonEnv() daemon.Env {
	return daemon.Env{Getenv: a.getenv, ConfigFile: a.configFile, System: a.system, Version: version, Connectivity: a.configured}
}

// explainState says what to do about a state directory that is somebody else's.
func (a *app) explainState(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission) && a.system:
		return hinted(err, "what the system's agent keeps is changed by root: sudo helper --system …")
	case errors.Is(err, fs.ErrPermission):
		return hinted(err, "the directory is to belong to you: see 'ls -ld', then chown it")
	}
	return err
}

// waiting is an association on which the agent waits for the user.
type waiting struct {
	helper string
	ssid   wifi.SSID
	phase  agent.Phase
}

// wake has the running agent, if there is one, log in where it waited for the user.
func (a *app) wake(ctx context.Context, concerns func(waiting) bool) error {
	ctx, stop := context.WithTimeout(ctx, busTime)
	defer stop()
	client, err := bus.Dial(ctx, bus.Config{System: a.system})
	if errors.Is(err, bus.ErrNoBus) || errors.Is(err, bus.ErrNoAgent) {
		return nil // the next one reads what was recorded
	}
	if err != nil {
		return err
	}
	defer client.Close()
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	for _, as := range status.Associations {
		w := waiting{as.Helper, as.SSID, as.Phase}
		if as.Phase != agent.PresentingUI && as.Phase != agent.Failed || !concerns(w) {
			continue
		}
		if err := client.Login(ctx, as.Interface); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s: the agent tries again, see 'helper status'\n", as.Interface)
	}
	return nil
}
