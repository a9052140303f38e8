package proxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// SOCKS 5 (RFC 1928).
const (
	socksVersion   = 5
	noAuth         = 0
	noMethod       = 0xff
	connectCommand = 1
	typeIPv4       = 1
	typeName       = 3
	typeIPv6       = 4
)

// reply is how a proxy answers a request (RFC 1928, section 6).
type reply byte

const (
	replyDone         reply = 0
	replyFailed       reply = 1
	replyForbidden    reply = 2
	replyNoNetwork    reply = 3
	replyNoHost       reply = 4
	replyRefused      reply = 5
	replyNoCommand    reply = 7
	replyNoSuchFamily reply = 8
)

// requestError is a request that is answered by a code other than replyFailed.
type requestError struct {
	code reply
	text string
}

func (e *requestError) Error() string { return e.text }

// errNoMethod says that a client wants to authenticate.
var errNoMethod = errors.New("the client offers no SOCKS method without authentication")

// serveSOCKS answers one request and becomes a tunnel.
func (p *Proxy) serveSOCKS(ctx context.Context, client *net.TCPConn) {
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	_ = client.SetDeadline(time.Now().Add(p.config.headTime)) // errs only if it is closed
	reader := bufio.NewReader(client)
	address, err := negotiate(reader, client)
	if err != nil {
		p.config.Logger.Debug("proxy cannot read a request", "error", err)
		return
	}
	p.config.Active()
	server, err := p.config.Path.DialContext(ctx, "tcp", address)
	if err != nil {
		p.config.Logger.Debug("proxy cannot connect", "to", address, "error", err)
		_ = writeReply(client, explain(err).reply)
		return
	}
	defer server.Close()
	_ = client.SetDeadline(time.Time{})
	if err := writeReply(client, replyDone); err != nil {
		return
	}
	if err := p.tunnel(ctx, client, reader, server); err != nil {
		p.config.Logger.Debug("tunnel ends", "to", address, "error", err)
	}
}

// negotiate agrees on no authentication and returns where the client wants to go, as host:port. It answers what it refuses.
func negotiate(r io.Reader, w io.Writer) (address string, err error) {
	if err := readMethods(r); err != nil {
		if errors.Is(err, errNoMethod) {
			_, _ = w.Write([]byte{socksVersion, noMethod})
		}
		return "", err
	}
	if _, err := w.Write([]byte{socksVersion, noAuth}); err != nil {
		return "", err
	}
	address, err = readRequest(r)
	if refused, ok := errors.AsType[*requestError](err); ok {
		_ = writeReply(w, refused.code)
	}
	return address, err
}

// readMethods reads the client's greeting.
func readMethods(r io.Reader) error {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fmt.Errorf("read SOCKS greeting: %w", err)
	}
	if head[0] != socksVersion {
		return fmt.Errorf("read SOCKS greeting: version %d, want %d", head[0], socksVersion)
	}
	methods := make([]byte, head[1])
	if _, err := io.ReadFull(r, methods); err != nil {
		return fmt.Errorf("read SOCKS greeting: %w", err)
	}
	for _, m := range methods {
		if m == noAuth {
			return nil
		}
	}
	return errNoMethod
}

// readRequest reads a request to connect.
func readRequest(r io.Reader) (address string, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", fmt.Errorf("read SOCKS request: %w", err)
	}
	switch {
	case head[0] != socksVersion:
		return "", fmt.Errorf("read SOCKS request: version %d, want %d", head[0], socksVersion)
	case head[1] != connectCommand:
		return "", &requestError{replyNoCommand, fmt.Sprintf("SOCKS command %d", head[1])}
	}
	host, err := readHost(r, head[3])
	if err != nil {
		return "", err
	}
	var port [2]byte
	if _, err := io.ReadFull(r, port[:]); err != nil {
		return "", fmt.Errorf("read SOCKS request: %w", err)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))), nil
}

// readHost reads an address or a name.
func readHost(r io.Reader, kind byte) (string, error) {
	size := 0
	switch kind {
	case typeIPv4:
		size = 4
	case typeIPv6:
		size = 16
	case typeName:
		var length [1]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return "", fmt.Errorf("read SOCKS request: %w", err)
		}
		size = int(length[0])
	default:
		return "", &requestError{replyNoSuchFamily, fmt.Sprintf("SOCKS address of type %d", kind)}
	}
	host := make([]byte, size)
	if _, err := io.ReadFull(r, host); err != nil {
		return "", fmt.Errorf("read SOCKS request: %w", err)
	}
	if kind == typeName {
		if size == 0 || bytes.ContainsFunc(host, isNoHost) {
			return "", &requestError{replyFailed, fmt.Sprintf("SOCKS request for %q, which is no host", host)}
		}
		return string(host), nil
	}
	addr, _ := netip.AddrFromSlice(host) // of 4 or 16 bytes
	return addr.String(), nil
}

// isNoHost reports whether a character stands in no host, so that an address with it could not be read again.
func isNoHost(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("[]/@?#", r) }

// writeReply answers a request. No client needs the address that the proxy sends from.
func writeReply(w io.Writer, code reply) error {
	_, err := w.Write([]byte{socksVersion, byte(code), 0, typeIPv4, 0, 0, 0, 0, 0, 0})
	return err
}
