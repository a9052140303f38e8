package proxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkThroughput compares a download through each way of the proxy with one over a direct connection: from a server that
// sends 1 Gbit/s, as fast as no hotspot is, and over the loopback interface as fast as the processor moves bytes.
func BenchmarkThroughput(b *testing.B) {
	b.Run("gigabit", func(b *testing.B) { benchmarkThroughput(b, 1e9/8) })
	b.Run("unlimited", func(b *testing.B) { benchmarkThroughput(b, 0) })
}

// benchmarkThroughput downloads from a server that sends at most so many bytes in a second; 0: as many as it can.
func benchmarkThroughput(b *testing.B, rate int) {
	const size = 64 << 20
	blob := make([]byte, 1<<20)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if rate > 0 {
					_ = pace(conn, rate)
				}
				_, _ = io.ReadFull(conn, make([]byte, 1))
				for range size / len(blob) {
					if _, err := conn.Write(blob); err != nil {
						return
					}
				}
			}()
		}
	}()
	server := listener.Addr().(*net.TCPAddr).AddrPort()
	p, _ := start(b, Config{Path: newWay(server.String())})
	for _, c := range []struct {
		name, to, head string
		answer         int
	}{
		{"direct", server.String(), "", 0},
		{"connect", p.Address().String(), "CONNECT portal.test:80 HTTP/1.1\r\n\r\n", len("HTTP/1.1 200 Connection established\r\n\r\n")},
		{"socks", p.Address().String(), "\x05\x01\x00\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50", 12},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if err := download(c.to, c.head, c.answer, size); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// pace bounds what the kernel sends over a connection, in bytes a second (tcp(7), SO_MAX_PACING_RATE).
func pace(conn net.Conn, rate int) error {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE, rate)
	})
	return errors.Join(err, set)
}

func download(to, head string, answer int, size int64) error {
	conn, err := net.Dial("tcp", to)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, head+"x"); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, make([]byte, answer)); err != nil {
		return err
	}
	if n, err := io.Copy(io.Discard, conn); n != size {
		return fmt.Errorf("%d bytes: %w", n, err)
	}
	return nil
}
