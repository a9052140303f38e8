package proxy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Layout of a question about one socket, and of the answer (linux/inet_diag.h, inet_diag_req_v2 and inet_diag_msg). Ports and
// addresses are in network byte order, other numbers in that of the machine.
const (
	questionSize   = 56
	answerSize     = 72
	atProtocol     = 1
	atStates       = 4
	atID           = 8  // of the question: inet_diag_sockid
	atCookie       = 40 // of an id
	atAnswerState  = 1
	atAnswerUser   = 64
	atAnswerInode  = 68
	anyCookie      = ^uint64(0) // INET_DIAG_NOCOOKIE
	stateOpen      = 1          // TCP_ESTABLISHED
	stateFinWait1  = 4          // TCP_FIN_WAIT1: the client has said that nothing more comes
	stateFinWait2  = 5          // TCP_FIN_WAIT2
	idRemotePort   = 2          // of an id
	idLocalAddress = 4
	idRemoteAddr   = 20
)

// errNoOwner says that the socket of a connection is closed, or that the kernel does not know it.
var errNoOwner = errors.New("the kernel knows no owner of the connection")

// owner asks the kernel which user has the client's socket of a TCP connection over IPv4 on this computer. The error is
// errNoOwner if there is none any more: a socket that was closed looks as if it were root's.
func owner(client, proxy netip.AddrPort) (uid uint32, err error) {
	conn, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		return 0, fmt.Errorf("ask the kernel for the owner of %s: %w", client, err)
	}
	defer conn.Close()
	answers, err := conn.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.SOCK_DIAG_BY_FAMILY, Flags: netlink.Request},
		Data:   question(client, proxy),
	})
	switch {
	case errors.Is(err, unix.ENOENT):
		return 0, errNoOwner
	case err != nil:
		return 0, fmt.Errorf("ask the kernel for the owner of %s: %w", client, err)
	case len(answers) != 1:
		return 0, errNoOwner
	}
	return readOwner(answers[0].Data)
}

// question asks for the one socket with these addresses.
func question(local, remote netip.AddrPort) []byte {
	q := make([]byte, questionSize)
	q[0], q[atProtocol] = unix.AF_INET, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(q[atStates:], ^uint32(0))
	id := q[atID:]
	binary.BigEndian.PutUint16(id, local.Port())
	binary.BigEndian.PutUint16(id[idRemotePort:], remote.Port())
	copy(id[idLocalAddress:], local.Addr().Unmap().AsSlice())
	copy(id[idRemoteAddr:], remote.Addr().Unmap().AsSlice())
	binary.NativeEndian.PutUint64(id[atCookie:], anyCookie)
	return q
}

// readOwner reads the kernel's answer.
func readOwner(answer []byte) (uid uint32, err error) {
	if len(answer) < answerSize {
		return 0, errNoOwner
	}
	switch answer[atAnswerState] {
	case stateOpen, stateFinWait1, stateFinWait2:
	default:
		return 0, errNoOwner
	}
	if binary.NativeEndian.Uint32(answer[atAnswerInode:]) == 0 { // no process has it
		return 0, errNoOwner
	}
	return binary.NativeEndian.Uint32(answer[atAnswerUser:]), nil
}
