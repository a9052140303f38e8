package dial

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// response is the relevant part of a name server's answer.
type response struct {
	server    netip.Addr
	code      dnsmessage.RCode
	truncated bool
	records   []record
}

// record is an address or an alias.
type record struct {
	name  string
	addr  netip.Addr // of A and AAAA
	alias string     // of CNAME
}

// errOtherID says that an answer has the ID of another query.
var errOtherID = errors.New("answer to another query")

// readReply reads the answer to a query. It reads a truncated answer as far as it goes.
func readReply(message []byte, query dnsmessage.Message) (*response, error) {
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if header.ID != query.ID {
		return nil, errOtherID
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if !answers(header, questions, query.Questions[0]) {
		return nil, errors.New("server answers another question")
	}
	r := &response{code: header.RCode, truncated: header.Truncated}
	for {
		next, err := readRecord(&p)
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone), err != nil && r.truncated:
			return r, nil
		case err != nil:
			return nil, fmt.Errorf("read answer: %w", err)
		}
		r.records = append(r.records, next)
	}
}

// answers reports whether a reply repeats the question. An error reply may omit it.
func answers(header dnsmessage.Header, questions []dnsmessage.Question, want dnsmessage.Question) bool {
	if !header.Response {
		return false
	}
	if len(questions) == 0 {
		return header.RCode != dnsmessage.RCodeSuccess
	}
	got := questions[0]
	return got.Type == want.Type && got.Class == want.Class && strings.EqualFold(got.Name.String(), want.Name.String())
}

// readRecord reads the next record of an answer. A record of another type has a name only.
func readRecord(p *dnsmessage.Parser) (r record, err error) {
	header, err := p.AnswerHeader()
	if err != nil {
		return r, err
	}
	r.name = header.Name.String()
	switch header.Type {
	case dnsmessage.TypeA:
		var a dnsmessage.AResource
		a, err = p.AResource()
		r.addr = netip.AddrFrom4(a.A)
	case dnsmessage.TypeAAAA:
		var a dnsmessage.AAAAResource
		a, err = p.AAAAResource()
		r.addr = netip.AddrFrom16(a.AAAA).Unmap()
	case dnsmessage.TypeCNAME:
		var c dnsmessage.CNAMEResource
		c, err = p.CNAMEResource()
		r.alias = c.CNAME.String()
	default:
		err = p.SkipAnswer()
	}
	return r, err
}

// codeName returns the common name of a response code (RFC 1035, section 4.1.1).
func codeName(code dnsmessage.RCode) string {
	names := map[dnsmessage.RCode]string{
		dnsmessage.RCodeFormatError: "FORMERR", dnsmessage.RCodeServerFailure: "SERVFAIL", dnsmessage.RCodeNameError: "NXDOMAIN",
		dnsmessage.RCodeNotImplemented: "NOTIMP", dnsmessage.RCodeRefused: "REFUSED",
	}
	if name, ok := names[code]; ok {
		return name
	}
	return fmt.Sprintf("code %d", code)
}

// typeName returns the common name of a record type.
func typeName(t dnsmessage.Type) string { return strings.TrimPrefix(t.String(), "Type") }
