package desktop

import (
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"hotspot-helper/agent"
)

const wlan = dbus.ObjectPath("/org/freedesktop/NetworkManager/Devices/3")

// manager is a stand-in for NetworkManager with one device.
type manager struct {
	*stage

	conn   *dbus.Conn
	device *prop.Properties
}

func (s *stage) manager(connectivity uint32, gateway6 string) *manager {
	s.Helper()
	m := s.managerOn(s.connect(), connectivity, gateway6)
	s.own(m.conn, managerService)
	return m
}

// managerOn puts the objects of NetworkManager on a connection.
func (s *stage) managerOn(conn *dbus.Conn, connectivity uint32, gateway6 string) *manager {
	s.Helper()
	m := &manager{stage: s, conn: conn}
	m.device = s.properties(m.conn, wlan, deviceInterface, map[string]any{
		ip4Connectivity: connectivity, ip6Connectivity: uint32(0), "Interface": "wlan0", "IpInterface": "", "Ip6Config": dbus.ObjectPath("/ip6"),
	})
	s.properties(m.conn, "/ip6", managerService+".IP6Config", map[string]any{"Gateway": gateway6})
	s.methods(m.conn, managerPath, managerService, map[string]any{
		"GetDevices": func() ([]dbus.ObjectPath, *dbus.Error) { return []dbus.ObjectPath{wlan}, nil },
	})
	return m
}

func (m *manager) set(name string, values ...uint32) {
	for _, value := range values {
		m.device.SetMust(deviceInterface, name, value)
	}
}

const (
	unknown = 0
	none    = 1
)

// Only a change that says that an online link is not online any more is a sign.
func TestIsSign(t *testing.T) {
	t.Parallel()
	for before := range connectivityFull + 1 {
		for now := range connectivityFull + 1 {
			want := now == connectivityPortal && before != connectivityPortal || now == connectivityLimited && before == connectivityFull
			if got := isSign(before, now); got != want {
				t.Errorf("%d to %d: %t", before, now, got)
			}
		}
	}
}

// A session that the gateway dropped is probed at once: by one of NetworkManager's signs, also after the bus
// or NetworkManager was started again. What is not known of IPv6 is none.
func TestSignsOfConnectivity(t *testing.T) {
	s := newStage(t)
	s.agent.is("wlan0", agent.Authenticated)
	s.run(1000)
	const portal, limited = "suspect wlan0: connectivity: NetworkManager sees a portal",
		"suspect wlan0: connectivity: NetworkManager does not reach the Internet any more"
	read := "connectivity of NetworkManager's devices read\" devices=1"
	for range 2 {
		m := s.manager(connectivityFull, "")
		s.await(read)
		m.set(ip6Connectivity, none, connectivityLimited, connectivityFull, connectivityLimited)
		m.set(ip4Connectivity, connectivityLimited)
		s.want(limited)
		m.set(ip4Connectivity, connectivityPortal)
		s.want(portal)
		s.agent.is("wlan0", agent.Evaluating) // it looks already
		m.set(ip4Connectivity, connectivityFull, connectivityLimited)
		s.await("does not count\" interface=wlan0 property=Ip4Connectivity value=3")
		s.agent.is("wlan0", agent.Authenticated)
		s.daemon.Stop()
		s.await("devices=0")
		s.log.reset()
		s.daemon.Start()
	}
	// NetworkManager has its name before it has devices.
	conn := s.connect()
	s.own(conn, managerService)
	s.await("does not list its devices")
	m := s.managerOn(conn, connectivityFull, "")
	s.must(conn.Emit(managerPath, managerService+".DeviceAdded", wlan))
	s.await(read)
	m.set(ip4Connectivity, connectivityLimited)
	s.want(limited)
	s.log.reset()
	conn.Close()
	s.await("devices=0")
	s.log.reset()

	m = s.manager(unknown, "2001:db8::1")
	s.await(read)
	m.set(ip4Connectivity, connectivityLimited, connectivityPortal) // limited before the first check
	s.want(portal)
	m.set(ip6Connectivity, connectivityLimited, connectivityFull)
	m.set(ip6Connectivity, connectivityLimited)
	s.want(limited)
}
