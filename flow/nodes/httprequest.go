package nodes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("HttpRequestNode", func() flow.Node { return new(httpRequest) }) }

const (
	maxURL          = 8 << 10
	maxHeaders      = 50
	maxHeader       = 8 << 10
	maxRequestBody  = 1 << 20
	maxResponseKept = 256 << 10 // of the output; mappings see it all
)

type httpRequest struct {
	url, method, body, contentType string
	headers                        []header
	timeout                        time.Duration
	mappings                       []mapping
	status, responseBody           flow.Value
}

type mapping struct {
	expression flow.Formula
	target     string
}

func (n *httpRequest) Spec(s *flow.Spec) {
	s.Title, s.Category = "HTTP Request", flow.Network
	s.Doc = "Sends a request to a server on the web, and takes values from its answer. Private addresses are refused unless the operator allows them. " +
		"While it waits, an answered caller hears the session's music if some is set, else silence. " +
		"In a chat the request has the header Idempotency-Key, which names the step: a request that was begun when the server stopped is not sent again, and takes On Failure."
	s.String(&n.url, "Url", "", "The address, http or https.").Need("there is no address").Formed(formed(address))
	s.String(&n.method, "Method", "POST", "What to ask for.").PossibleValues("POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
	flow.Rows(s, &n.headers, "Headers", "Headers to send.", func(h *header, s *flow.Spec) {
		s.String(&h.name, "Name", "", "The header's name.").Need("the header has no name").Formed(headerName)
		s.String(&h.value, "Value", "", "Its value, in one line.").Formed(headerValue)
	}).AtMost(maxHeaders)
	s.String(&n.body, "Body", "", "What to send.").LargeText().AtMost(maxRequestBody)
	s.String(&n.contentType, "ContentType", "application/json", "The type of the body.").Formed(headerValue)
	s.Seconds(&n.timeout, "TimeoutInSeconds", 10*time.Second, "How long to wait for the whole answer.").Range(1, 60)
	flow.Rows(s, &n.mappings, "Mappings", "What to take from the answer of a success.", func(m *mapping, s *flow.Spec) {
		s.Formula(&m.expression, "Expression", flow.FromResponse, "An expression over Response.Status, Response.Headers, Response.Body and Response.Json, such as `Response.Json.customer.name`.")
		s.Target(&m.target, "Target", "Where its value goes: Name or Session.Name is a variable of the session, Flow.Name an output of the flow.")
	})
	s.Output(&n.status, "StatusCode", flow.NumberType, "The answer's status, such as 200.")
	s.Output(&n.responseBody, "ResponseBody", flow.StringType, "The answer's body; one over 256 kB is not kept.")
	s.Exit("Success", "The answer is a success: its status is from 200 to 299.")
	s.Exit("On Failure", "It is none, there is no answer, or it can't be used.")
}

func (n *httpRequest) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if x.HTTP == nil {
		x.Logf("no requests can be sent here")
		return "On Failure", nil
	}
	request := n.request()
	if chatting(x) {
		n.keyed(&request, x.StepKey())
	}
	if err := x.Outside(ctx); errors.Is(err, flow.ErrBegun) {
		x.Logf("%v", err)
		return "On Failure", nil
	} else if err != nil {
		return "", err
	}
	x.Logf("sends %s %s", n.method, x.Quote(n.url))
	response, err := n.send(ctx, x, request)
	if cause := context.Cause(ctx); cause != nil {
		return "", cause
	}
	if err != nil {
		x.Logf("no answer: %v", err)
		return "On Failure", nil
	}
	n.status = flow.Number(float64(response.Status))
	if len(response.Body) <= maxResponseKept {
		n.responseBody = flow.Text(response.Body)
	} else {
		x.Logf("the body of %s bytes is too long to be kept", flow.Thousands(len(response.Body)))
	}
	if response.Status < 200 || response.Status > 299 {
		x.Logf("the answer is %s", strings.TrimSpace(fmt.Sprint(response.Status, " ", http.StatusText(response.Status))))
		return "On Failure", nil
	}
	return "Success", n.take(x, response)
}

func (n *httpRequest) send(ctx context.Context, x *flow.Execution, r flow.HTTPRequest) (flow.HTTPResponse, error) {
	ctx, cancel := x.Clock.WithTimeout(ctx, n.timeout, fmt.Errorf("it took longer than %s", flow.Seconds(n.timeout)))
	defer cancel()
	defer x.Hold(ctx)()
	response, err := x.HTTP.Do(ctx, r)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return response, err
}

// take writes what the mappings ask for.
func (n *httpRequest) take(x *flow.Execution, r flow.HTTPResponse) error {
	if len(n.mappings) == 0 {
		return nil
	}
	headers := make(map[string]flow.Value, len(r.Headers))
	for name, v := range r.Headers {
		headers[name] = flow.Text(v)
	}
	var body flow.Value
	if json.Unmarshal([]byte(r.Body), &body) != nil {
		body = flow.Value{}
	}
	root := flow.Struct(map[string]flow.Value{"Status": n.status, "Headers": flow.Struct(headers), "Body": flow.Text(r.Body), "Json": body})
	for i, m := range n.mappings {
		v, err := m.expression.Eval(root)
		if err != nil {
			return err
		}
		if err := write(x, "Mappings["+flow.Thousands(i+1)+"].Target", m.target, v); err != nil {
			return err
		}
		x.Logf("%s = %s", m.target, v.Show())
	}
	return nil
}

// request is what is to be sent; its values are checked already.
func (n *httpRequest) request() flow.HTTPRequest {
	r := flow.HTTPRequest{Method: n.method, URL: strings.TrimSpace(n.url), Body: n.body}
	typed := false
	for _, h := range n.headers {
		name := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(h.name))
		typed = typed || name == "Content-Type"
		r.Headers = append(r.Headers, [2]string{name, strings.TrimSpace(h.value)})
	}
	if n.body != "" && !typed && n.contentType != "" {
		r.Headers = append(r.Headers, [2]string{"Content-Type", n.contentType})
	}
	return r
}

// keyed gives the request of a chat the key of its step, but for one that the flow gives.
func (n *httpRequest) keyed(r *flow.HTTPRequest, key string) {
	const header = "Idempotency-Key"
	for _, h := range r.Headers {
		if h[0] == header {
			return
		}
	}
	r.Headers = append(r.Headers, [2]string{header, key})
}

// address reads an address that may be asked.
func address(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	switch {
	case err != nil:
		return nil, errors.New("it is no address")
	case len(s) > maxURL:
		return nil, errors.New("the address is longer than " + flow.Thousands(maxURL) + " characters")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the address begins with %q; only http:// and https:// are asked", u.Scheme+":")
	case u.Host == "" || u.Hostname() == "":
		return nil, errors.New("the address has no host")
	case u.User != nil:
		return nil, errors.New("the address has a user name in it; send a header Authorization instead")
	}
	return u, nil
}

// ours are the headers that the connection itself makes.
var ours = []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Expect", "Accept-Encoding"}

func headerName(s string) error {
	s = strings.TrimSpace(s)
	for _, r := range s {
		if r <= ' ' || r > '~' || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r) {
			return fmt.Errorf("%.40q is no name of a header", s)
		}
	}
	if slices.Contains(ours, textproto.CanonicalMIMEHeaderKey(s)) {
		return fmt.Errorf("the header %s can't be set", s)
	}
	return nil
}

func headerValue(s string) error {
	if len(s) > maxHeader {
		return errors.New("a header's value is longer than " + flow.Thousands(maxHeader) + " characters")
	}
	for _, r := range strings.TrimSpace(s) {
		if r < ' ' && r != '\t' || r == 0x7f {
			return errors.New("a header's value has a line break or another control character in it")
		}
	}
	return nil
}
