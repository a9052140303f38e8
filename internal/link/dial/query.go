package dial

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// maxDatagram bounds an answer over UDP. Without EDNS the limit is 512 bytes, but some
// gateways exceed it.
const maxDatagram = 4096

// query asks one server, and again over TCP if its answer is truncated. If TCP fails or is
// slow, the truncated answer counts.
func (p *Path) query(ctx context.Context, server netip.Addr, question dnsmessage.Question) (*response, error) {
	answer, err := p.send(ctx, "udp", server, question)
	if err != nil || !answer.truncated {
		return answer, err
	}
	ctx, cancel := context.WithTimeout(ctx, tcpTimeout)
	defer cancel()
	if whole, err := p.send(ctx, "tcp", server, question); err == nil {
		return whole, nil
	}
	return answer, nil
}

func (p *Path) send(ctx context.Context, network string, server netip.Addr, question dnsmessage.Question) (*response, error) {
	if p.CheckServer != nil {
		if err := p.CheckServer(server); err != nil {
			return nil, err
		}
	}
	conn, err := p.dialer().DialContext(ctx, network, p.serverAddress(server))
	if err != nil {
		return nil, explainDenial(err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline() // exchange sets one
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	// A read ends at the deadline, but not when the context is cancelled.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: uint16(rand.Uint32()), RecursionDesired: true},
		Questions: []dnsmessage.Question{question},
	}
	packed, err := query.Pack()
	if err != nil {
		return nil, fmt.Errorf("pack query: %w", err)
	}
	if network == "tcp" {
		return overStream(conn, packed, query)
	}
	answer, err := overDatagrams(conn, packed, query)
	return answer, explainDenial(err)
}

// overStream sends a query and reads the answer, each preceded by its length (RFC 1035,
// section 4.2.2).
func overStream(conn net.Conn, packed []byte, query dnsmessage.Message) (*response, error) {
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, message); err != nil {
		return nil, err
	}
	answer, err := readReply(message, query)
	if errors.Is(err, errOtherID) {
		return nil, errors.New("server answers another query")
	}
	return answer, err
}

// overDatagrams sends a query and waits for its answer. Datagrams with another ID are
// ignored: an attacker who does not see the query does not know its ID.
func overDatagrams(conn net.Conn, packed []byte, query dnsmessage.Message) (*response, error) {
	if _, err := conn.Write(packed); err != nil {
		return nil, err
	}
	message := make([]byte, maxDatagram)
	for {
		n, err := conn.Read(message)
		if err != nil {
			return nil, err
		}
		answer, err := readReply(message[:n], query)
		if !errors.Is(err, errOtherID) {
			return answer, err
		}
	}
}
