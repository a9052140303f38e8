// Advertise plays an IPv6 router that names a captive portal API (RFC 8910, section 2.3):
// it sends a router advertisement every two seconds. It is for the routers of the lab,
// for Debian 12's radvd does not know that option.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("advertise", flag.ContinueOnError)
	iface := flags.String("interface", "", "the `INTERFACE`")
	prefix := flags.String("prefix", "fd00:7::/64", "`PREFIX` that hosts make their addresses of")
	uri := flags.String("capport", "", "`URI` of the captive portal API")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	fmt.Fprintln(os.Stderr, "advertise:", advertise(*iface, *prefix, *uri))
	return 1
}

func advertise(iface, prefix, uri string) error {
	network, err := netip.ParsePrefix(prefix)
	if err != nil {
		return err
	}
	device, err := net.InterfaceByName(iface)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6)
	if err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	defer unix.Close(fd)
	// A host takes it for a neighbour's by this number alone (RFC 4861, section 6.1.2).
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255); err != nil {
		return fmt.Errorf("set hops: %w", err)
	}
	everyone := &unix.SockaddrInet6{Addr: netip.MustParseAddr("ff02::1").As16(), ZoneId: uint32(device.Index)}
	message := advertisement(network, uri)
	for {
		if err := unix.Sendto(fd, message, 0, everyone); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		time.Sleep(2 * time.Second)
	}
}

// advertisement is one (RFC 4861, section 4.2). The kernel puts the checksum in.
func advertisement(prefix netip.Prefix, uri string) []byte {
	const routerAdvertisement, hops, lifetime = 134, 64, 1800
	m := []byte{routerAdvertisement, 0, 0, 0, hops, 0}
	m = binary.BigEndian.AppendUint16(m, lifetime)
	m = append(m, make([]byte, 8)...) // reachable time and retransmission: as the host likes

	const prefixInformation, onLink, autonomous = 3, 0x80, 0x40
	m = append(m, prefixInformation, 4, byte(prefix.Bits()), onLink|autonomous)
	m = binary.BigEndian.AppendUint32(m, lifetime) // valid
	m = binary.BigEndian.AppendUint32(m, lifetime) // preferred
	m = append(m, make([]byte, 4)...)
	m = append(m, prefix.Addr().AsSlice()...)

	const captivePortal = 37
	octets := (2 + len(uri) + 7) / 8 * 8
	m = append(m, captivePortal, byte(octets/8))
	m = append(m, uri...)
	return append(m, make([]byte, octets-2-len(uri))...)
}
