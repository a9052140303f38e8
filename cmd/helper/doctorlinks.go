package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"hotspot-helper/agent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
	"hotspot-helper/wifi/nl80211"
)

func examineRadio(context.Context) finding { return radioFinding(nl80211.Stations()) }

// radioFinding judges the radios of the kernel.
func radioFinding(stations []string, err error) finding {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return isUnknown("the kernel has no Wi-Fi (nl80211): only wires are watched")
	case err != nil:
		return fails("is the command kept from netlink by a sandbox?", "the radios cannot be read: %v", err)
	case len(stations) == 0:
		return isUnknown("there is no radio: only wires are watched")
	}
	return isOK("Wi-Fi: %s", strings.Join(stations, ", "))
}

func examineBinding(context.Context) finding { return bindingFinding(bindLoopback()) }

// bindLoopback binds a socket to an interface, as all that the agent sends with.
func bindLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // nothing was sent
	return unix.BindToDevice(fd, "lo")
}

// bindingFinding judges whether this user may bind sockets to interfaces.
func bindingFinding(err error) finding {
	switch {
	case errors.Is(err, unix.ENODEV):
		return isUnknown("there is no interface lo to bind a socket to")
	case err != nil:
		return fails("Linux 5.7 or newer allows it to every user; a container may not", "a socket cannot be bound to an interface: %v", err)
	}
	return isOK("a socket can be bound to an interface")
}

// usableLinks are the links that the agent watches and that have address and route.
func (a *app) usableLinks(ctx context.Context) (usable, all []agent.Link, err error) {
	watches := agent.WatchDefault
	if config, err := a.daemonEnv().LoadConfig(); err == nil && len(config.Interfaces) > 0 {
		watches = func(l agent.Link) bool { return config.Watches(l.Interface) }
	}
	all, err = a.daemonEnv().Links(ctx)
	for _, l := range all {
		if watches(l) && l.Carrier && len(l.Addresses) > 0 && len(l.Gateways) > 0 {
			usable = append(usable, l)
		}
	}
	return usable, all, err
}

// examineLinks judges the usable links, if there are any.
func (a *app) examineLinks(ctx context.Context, judge func(usable, all []agent.Link) finding) finding {
	usable, all, err := a.usableLinks(ctx)
	switch {
	case err != nil:
		return fails("is the command kept from netlink by a sandbox?", "the links cannot be read: %v", err)
	case len(usable) == 0:
		return isUnknown("no watched link has carrier, address and default route")
	}
	return judge(usable, all)
}

func (a *app) examineNameServers(ctx context.Context) finding {
	names, err := namesOn(ctx, a.systemBus())
	if err != nil {
		names = nil // files may tell
	}
	return a.examineLinks(ctx, func(usable, _ []agent.Link) finding { return nameServersFinding(usable, names) })
}

// nameServersFinding judges whether the name servers of each link are known, and by whom they can be.
func nameServersFinding(usable []agent.Link, names []string) finding {
	var known, missing []string
	for _, l := range usable {
		if len(l.DNS) == 0 {
			missing = append(missing, l.Interface)
			continue
		}
		servers := make([]string, len(l.DNS))
		for i, server := range l.DNS {
			servers[i] = server.String()
		}
		known = append(known, fmt.Sprintf("%s has %s", l.Interface, strings.Join(servers, ", ")))
	}
	if len(missing) > 0 {
		return fails("what manages the link has to know them: systemd-resolved, systemd-networkd, NetworkManager, or /etc/resolv.conf",
			"no name server is known of %s", strings.Join(missing, ", "))
	}
	managers := slices.DeleteFunc(servicesAmong(names), func(name string) bool { return name == "logind" })
	if len(managers) == 0 {
		return warns("a VPN that replaces /etc/resolv.conf takes them away: see docs/vpn.md", "%s, known from files alone", strings.Join(known, "; "))
	}
	return isOK("%s (asked: %s)", strings.Join(known, "; "), strings.Join(managers, ", "))
}

func (a *app) examineReversePath(ctx context.Context) finding {
	return a.examineLinks(ctx, func(usable, _ []agent.Link) finding { return reversePathFinding(usable) })
}

// reversePathFinding judges whether the kernel drops the answers of the Internet.
func reversePathFinding(usable []agent.Link) finding {
	for _, l := range usable {
		if l.AnswersVia != "" {
			return fails("as root: 'sysctl net.ipv4.conf.all.rp_filter=2' (loose)",
				"the reverse-path filter of %s is strict, and answers of the Internet would leave by %s: what comes in is dropped", l.Interface, l.AnswersVia)
		}
	}
	return isOK("no reverse-path filter drops what comes in")
}

func (a *app) examineVPN(ctx context.Context) finding {
	return a.examineLinks(ctx, func(_, all []agent.Link) finding { return vpnFinding(all) })
}

// vpnFinding tells which tunnels are up.
func vpnFinding(all []agent.Link) finding {
	var up []string
	for _, l := range all {
		if l.Kind == agent.LinkKind(link.KindTunnel.String()) && l.Carrier && len(l.Addresses) > 0 {
			up = append(up, l.Interface)
		}
	}
	if len(up) == 0 {
		return isOK("no tunnel is up")
	}
	return isOK("%s is up: one that works by routes is not in the way, one with a kill switch is (see firewall, and docs/vpn.md)", strings.Join(up, ", "))
}

func (a *app) examineFirewall(ctx context.Context) finding {
	asked, err := a.askAgent(ctx)
	return firewallFinding(asked.status, err)
}

// firewallFinding judges by what the agent found whether this computer lets its packets out.
func firewallFinding(status agent.Status, err error) finding {
	if err != nil {
		return isUnknown("only a packet tells: an agent knows, and --probe")
	}
	kept := interfacesWith(status, func(as agent.Association) bool { return as.Obstacle == string(web.LocalFirewall) })
	if len(kept) > 0 {
		return fails("turn the kill switch of the VPN off until the login is done: see docs/vpn.md", "a firewall of this computer lets nothing out over %s", strings.Join(kept, ", "))
	}
	if len(interfacesWith(status, func(as agent.Association) bool { return as.Verdict != probe.VerdictUnknown })) == 0 {
		return isUnknown("the agent has not looked at a link yet")
	}
	return isOK("the agent's packets leave this computer")
}

// examineConnectivity asks the connectivity checks over each link.
func (a *app) examineConnectivity(ctx context.Context) finding {
	usable, _, err := a.usableLinks(ctx)
	if err != nil || len(usable) == 0 {
		return isUnknown("there is no link to ask over")
	}
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return isUnknown("the configuration cannot be used")
	}
	endpoints, err := a.daemonEnv().Endpoints(ctx, config)
	if err != nil {
		return fails("'helper probe --list' shows the checks", "%v", err)
	}
	var found []probe.Evidence
	logger := a.quietLogger(false)
	for _, l := range usable {
		prober := probe.Prober{
			Endpoints: endpoints, Logger: logger,
			Transport: func(f probe.Family) http.RoundTripper { return daemon.NewDialer(logger)(l, f) },
		}
		found = append(found, prober.Probe(ctx, l.Link).Shown())
	}
	return connectivityFinding(found)
}

// connectivityFinding judges what the probes found: the worst one decides.
func connectivityFinding(found []probe.Evidence) finding {
	var lines []string
	worst := healthOK
	advice := ""
	for _, e := range found {
		lines = append(lines, fmt.Sprintf("%s: %v, %s", e.Link.Interface, e.Verdict, e.Reason))
		switch {
		case e.LocalObstacle == web.LocalFirewall:
			worst, advice = healthFail, "turn the kill switch of the VPN off until the login is done: see docs/vpn.md"
		case e.Verdict == probe.VerdictPortal && worst != healthFail:
			worst, advice = healthWarn, "log in: 'helper login'"
		case e.Verdict != probe.VerdictFull && e.Verdict != probe.VerdictPortal:
			worst, advice = healthFail, "'helper probe -v' shows each request"
		}
	}
	return finding{Health: worst, Text: strings.Join(lines, "; "), Advice: advice}
}
