package link

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/file"
)

// servers returns the name servers of a link: from its manager, else those of the machine,
// which are the same on a machine with one link.
func (r *reader) servers(ctx context.Context, call caller, nm manager, s State) []netip.Addr {
	for _, source := range []struct {
		name string
		ask  func() ([]netip.Addr, error)
	}{
		{"systemd-resolved", func() ([]netip.Addr, error) { return resolvedServers(ctx, call, s.Index) }},
		{"systemd-networkd", func() ([]netip.Addr, error) { return r.networkdServers(s.Index) }},
		{"networkmanager", func() ([]netip.Addr, error) { return nm.servers(ctx) }},
		{"resolv.conf", func() ([]netip.Addr, error) { return fileServers(r.path("etc/resolv.conf")) }},
		// If resolv.conf has a stub resolver alone, this file has its servers.
		{"resolved's resolv.conf", func() ([]netip.Addr, error) { return fileServers(r.path("run/systemd/resolve/resolv.conf")) }},
	} {
		found, err := source.ask()
		if err != nil {
			r.log().Debug("name servers not found", "interface", s.Interface, "source", source.name, "cause", err)
			continue
		}
		if found = reachable(found); len(found) > 0 {
			r.log().Debug("name servers found", "interface", s.Interface, "source", source.name, "servers", found)
			return found
		}
	}
	return nil
}

// reachable removes duplicates, zones and servers on this machine: a stub resolver or a
// cache may ask over any link.
func reachable(servers []netip.Addr) []netip.Addr {
	var kept []netip.Addr
	for _, server := range servers {
		server = server.Unmap().WithZone("")
		if server.IsLoopback() || server.IsUnspecified() || !server.IsValid() || slices.Contains(kept, server) {
			continue
		}
		kept = append(kept, server)
	}
	return kept
}

// maxState is the size in bytes of the largest file that says something of one link.
const maxState = 1 << 20

// fileServers reads the nameserver lines of a resolv.conf(5).
func fileServers(path string) ([]netip.Addr, error) {
	text, err := file.Read(path, maxState)
	if err != nil {
		return nil, err
	}
	return parseResolvConf(bytes.NewReader(text))
}

func parseResolvConf(text io.Reader) ([]netip.Addr, error) {
	var servers []netip.Addr
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		servers = append(servers, parseServers(fields[1])...)
	}
	return servers, lines.Err()
}

const port53 = 53

// parseServer reads a name server as resolv.conf, systemd and NetworkManager write it: with
// a zone, a port or, after a number sign, the server's name. It refuses another port than
// 53, because State has addresses only.
func parseServer(text string) (netip.Addr, bool) {
	text, _, _ = strings.Cut(text, "#")
	text, _, _ = strings.Cut(text, "%")
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr, true
	}
	endpoint, err := netip.ParseAddrPort(text)
	return endpoint.Addr(), err == nil && endpoint.Port() == port53
}

// parseServers omits the texts that are no servers to use.
func parseServers(texts ...string) (servers []netip.Addr) {
	for _, text := range texts {
		if server, ok := parseServer(text); ok {
			servers = append(servers, server)
		}
	}
	return servers
}

// networkd reads one value from the state file that systemd-networkd has for a link.
func (r *reader) networkd(index int, key string) (string, error) {
	data, err := file.Read(r.path("run/systemd/netif/links", strconv.Itoa(index)), maxState)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && name == key {
			return strings.Trim(value, `"`), nil
		}
	}
	return "", fmt.Errorf("no %s in systemd-networkd's state", key)
}

func (r *reader) networkdServers(index int) ([]netip.Addr, error) {
	value, err := r.networkd(index, "DNS")
	return parseServers(strings.Fields(value)...), err
}

// resolveService is systemd-resolved on the system bus.
const resolveService = "org.freedesktop.resolve1"

// resolvedProperty reads a property of a link from systemd-resolved (org.freedesktop.resolve1(5)).
func resolvedProperty(ctx context.Context, call caller, index int, name string, into any) error {
	body, err := call.call(ctx, resolveService, "/org/freedesktop/resolve1", resolveService+".Manager.GetLink", int32(index))
	if err != nil {
		return err
	}
	var path dbus.ObjectPath
	if err := dbus.Store(body, &path); err != nil {
		return err
	}
	return property(ctx, call, resolveService, path, resolveService+".Link", name, into)
}

func resolvedServers(ctx context.Context, call caller, index int) ([]netip.Addr, error) {
	var entries []struct {
		Family  int32
		Address []byte
	}
	if err := resolvedProperty(ctx, call, index, "DNS", &entries); err != nil {
		return nil, err
	}
	var servers []netip.Addr
	for _, entry := range entries {
		if addr, ok := netip.AddrFromSlice(entry.Address); ok {
			servers = append(servers, addr)
		}
	}
	return servers, nil
}
