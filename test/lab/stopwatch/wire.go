package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// traffic counts what went over the interface in both directions: IPv4 only, bytes with IP headers.
type traffic struct {
	Packets  int `json:"packets"`
	Bytes    int `json:"bytes"`
	Names    int `json:"names"`    // DNS queries
	Connects int `json:"connects"` // connection attempts, with retries
	Requests int `json:"requests"` // HTTP requests, and TLS connections
}

// wire keeps the packets of an interface.
type wire struct {
	mu      sync.Mutex
	packets []packet
}

type packet struct {
	at    time.Time
	out   bool
	bytes int
	far   netip.AddrPort
	what  string
}

// listen captures everything that goes over the interface from now on.
func listen(ctx context.Context, iface string) (*wire, error) {
	device, err := net.InterfaceByName(iface)
	if err != nil {
		return nil, err
	}
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(all))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", iface, err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: device.Index}); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", iface, err)
	}
	w := &wire{}
	go w.receive(ctx, fd)
	return w, nil
}

func (w *wire) receive(ctx context.Context, fd int) {
	defer unix.Close(fd)
	buffer := make([]byte, 1<<16)
	for ctx.Err() == nil {
		n, from, err := unix.Recvfrom(fd, buffer, 0)
		now := time.Now()
		link, ok := from.(*unix.SockaddrLinklayer)
		if err != nil || !ok {
			continue // interrupted, or the link is down for now
		}
		p, ok := dissect(buffer[:n], link.Pkttype == unix.PACKET_OUTGOING)
		if !ok {
			continue
		}
		p.at = now
		w.mu.Lock()
		w.packets = append(w.packets, p)
		w.mu.Unlock()
	}
}

// dissect reads an IPv4 packet of TCP or UDP.
func dissect(b []byte, out bool) (p packet, ok bool) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return p, false
	}
	total, head := int(binary.BigEndian.Uint16(b[2:])), int(b[0]&15)*4
	if total > len(b) || head+8 > total {
		return p, false
	}
	p.out, p.bytes = out, total
	at, port := b[12:16], b[head:]
	if out {
		at, port = b[16:20], b[head+2:]
	}
	p.far = netip.AddrPortFrom(netip.AddrFrom4([4]byte(at)), binary.BigEndian.Uint16(port))
	switch b[9] {
	case unix.IPPROTO_TCP:
		p.what = segment(b[head:total])
	case unix.IPPROTO_UDP:
		p.what = "datagram"
		if p.far.Port() == 53 {
			p.what = "name"
		}
	default:
		p.what = fmt.Sprintf("protocol %d", b[9])
	}
	return p, true
}

func segment(b []byte) string {
	if len(b) < 20 || int(b[12]>>4)*4 > len(b) {
		return "broken"
	}
	data := b[int(b[12]>>4)*4:]
	verb, _, spaced := bytes.Cut(data, []byte(" "))
	switch flags := b[13]; {
	case flags&2 != 0:
		return "syn"
	case flags&4 != 0:
		return "reset"
	case spaced && (string(verb) == "GET" || string(verb) == "HEAD" || string(verb) == "POST"):
		return "request"
	case len(data) > 5 && data[0] == 22 && data[1] == 3 && data[5] == 1:
		return "hello"
	case len(data) > 0:
		return fmt.Sprintf("data %d", len(data))
	case flags&1 != 0:
		return "fin"
	default:
		return "ack"
	}
}

// summary counts the packets between start and end.
func (w *wire) summary(start, end time.Time) (t traffic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.packets {
		if p.at.Before(start) || p.at.After(end) {
			continue
		}
		t.Packets++
		t.Bytes += p.bytes
		if !p.out {
			continue
		}
		switch p.what {
		case "name":
			t.Names++
		case "syn":
			t.Connects++
		case "request", "hello":
			t.Requests++
		}
	}
	return t
}

// print writes the packets since start, one a line.
func (w *wire) print(out io.Writer, start time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.packets {
		direction := "<"
		if p.out {
			direction = ">"
		}
		fmt.Fprintf(out, "%8.1f %s %-21s %s\n", milliseconds(p.at.Sub(start)), direction, p.far, p.what)
	}
}
