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

// maxDatagram is how long an answer by UDP may be. Without EDNS none may exceed 512
// octets, but there are gateways that do not care.
const maxDatagram = 4096

// query asks one server, by TCP too where its answer is cut short. A server that
// cannot do TCP, or is slow at it, has given an answer nevertheless.
func (p *Path) query(ctx context.Context, server netip.Addr, question dnsmessage.Question) (*response, error) {
	answer, err := p.send(ctx, "udp", server, question)
	if err != nil || !answer.truncated {
		return answer, err
	}
	ctx, cancel := context.WithTimeout(ctx, wholeTime)
	defer cancel()
	if whole, err := p.send(ctx, "tcp", server, question); err == nil {
		return whole, nil
	}
	return answer, nil
}

func (p *Path) send(ctx context.Context, network string, server netip.Addr, question dnsmessage.Question) (*response, error) {
	conn, err := p.dialer().DialContext(ctx, network, p.serverAddress(server))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline() // there is one: that of the question
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	// What is read obeys the deadline, but not a cancellation.
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
	return overDatagrams(conn, packed, query)
}

// overStream sends a query and reads the answer, each with its length before it
// (RFC 1035, section 4.2.2).
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

// overDatagrams sends a query and waits for its answer, whatever else comes before:
// who does not see the query does not know its number.
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
