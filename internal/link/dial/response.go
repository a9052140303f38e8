package dial

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// response is what counts of a name server's answer.
type response struct {
	code      dnsmessage.RCode
	truncated bool
	records   []record
}

// record is one of an address or of an alias.
type record struct {
	name  string
	addr  netip.Addr // of A and AAAA
	alias string     // of CNAME
}

// errOtherID says that an answer is to another query.
var errOtherID = errors.New("answer to another query")

// readReply reads the answer to a query. Of one that is cut short it reads what is there.
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

// answers compares the question that a reply repeats; an error reply may leave it out.
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

// readRecord reads the next record of an answer. Those of no use to us have a name alone.
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

// codeName is the name of an error (RFC 1035, section 4.1.1), as it is known.
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

// typeName is the name of a type of records, as it is known.
func typeName(t dnsmessage.Type) string { return strings.TrimPrefix(t.String(), "Type") }
