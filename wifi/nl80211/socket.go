package nl80211

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/mdlayher/genetlink"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// conn is what this package uses of a [genetlink.Conn].
type conn interface {
	Send(genetlink.Message, uint16, netlink.HeaderFlags) (netlink.Message, error)
	GetFamily(name string) (genetlink.Family, error)
	JoinGroup(group uint32) error
	Receive() ([]genetlink.Message, []netlink.Message, error)
	Close() error
}

// socket is a connection with the family number of nl80211.
type socket struct {
	conn
	family genetlink.Family
}

// open connects to nl80211. Its error is [fs.ErrNotExist] if the kernel has none.
func (r *Radio) open() (socket, error) {
	dial := r.dial
	if dial == nil {
		dial = func() (conn, error) { return genetlink.Dial(nil) }
	}
	c, err := dial()
	if err != nil {
		return socket{}, fmt.Errorf("open generic netlink: %w", missing(err))
	}
	family, err := c.GetFamily(unix.NL80211_GENL_NAME)
	if err != nil {
		c.Close()
		return socket{}, fmt.Errorf("find nl80211: %w", missing(err))
	}
	return socket{conn: c, family: family}, nil
}

// missing marks the errors of a kernel or sandbox without generic netlink as
// [fs.ErrNotExist], like that of a kernel without nl80211.
func missing(err error) error {
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EAFNOSUPPORT) {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// listen opens a connection that receives the notices of scans, associations and
// interfaces.
func (r *Radio) listen() (socket, error) {
	s, err := r.open()
	if err != nil {
		return socket{}, err
	}
	for _, name := range []string{
		unix.NL80211_MULTICAST_GROUP_SCAN,
		unix.NL80211_MULTICAST_GROUP_MLME,
		unix.NL80211_MULTICAST_GROUP_CONFIG,
	} {
		err := fs.ErrNotExist
		if i := slices.IndexFunc(s.family.Groups, func(g genetlink.MulticastGroup) bool { return g.Name == name }); i >= 0 {
			err = s.JoinGroup(s.family.Groups[i].ID)
		}
		if err != nil {
			s.Close()
			return socket{}, fmt.Errorf("join multicast group %s: %w", name, err)
		}
	}
	return s, nil
}

// errInterrupted says that the list has changed during a dump, so that entries may be missing.
var errInterrupted = errors.New("a change interrupted the dump")

// ask sends a request about one interface and receives the replies. The socket must
// not receive anything else.
func (s socket) ask(command uint8, flags netlink.HeaderFlags, index int) ([]genetlink.Message, error) {
	encoder := netlink.NewAttributeEncoder()
	encoder.Uint32(unix.NL80211_ATTR_IFINDEX, uint32(index))
	attributes, err := encoder.Encode()
	if err != nil {
		return nil, fmt.Errorf("encode interface index: %w", err)
	}
	request := genetlink.Message{
		Header: genetlink.Header{Command: command, Version: s.family.Version},
		Data:   attributes,
	}
	if _, err := s.Send(request, s.family.ID, netlink.Request|flags); err != nil {
		return nil, err
	}
	replies, headers, err := s.Receive()
	if err == nil && slices.ContainsFunc(headers, func(m netlink.Message) bool { return m.Header.Flags&netlink.DumpInterrupted != 0 }) {
		err = errInterrupted
	}
	return replies, err
}
