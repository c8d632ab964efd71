package sip

import "strconv"

// reply is an answer in the making: what a handler says, before the transaction
// adds what it copies from the request.
type reply struct {
	code        int
	reason      string      // empty: the standard phrase
	headers     [][2]string // further headers, already fit for the wire
	contentType string
	body        []byte
}

// answer makes a plain reply; headers come in pairs of name and value.
func answer(code int, headers ...string) *reply {
	r := &reply{code: code}
	for i := 0; i+1 < len(headers); i += 2 {
		r.headers = append(r.headers, [2]string{headers[i], headers[i+1]})
	}
	return r
}

// reply turns a Status into what goes out; text is sanitised.
func (s *Status) reply() *reply {
	r := &reply{code: s.Code, reason: clean(s.Reason)}
	if r.code < 300 || r.code > 699 {
		r.code = 500
	}
	if s.RetryAfter > 0 {
		r.headers = append(r.headers, [2]string{"Retry-After", strconv.Itoa(max(1, int(s.RetryAfter.Seconds())))})
	}
	if c := clean(s.Cause); c != "" {
		r.headers = append(r.headers, [2]string{"Reason", c})
	}
	return r
}

func itoa(n int) string { return strconv.Itoa(n) }
