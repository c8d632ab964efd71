package flowtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ringflow/flow"
)

// Answer is what a request gets. Of several that fit one after the other is
// given, the last for ever.
type Answer struct {
	URL     string            `yaml:"url"`    // whole, or its begin and a *
	Method  string            `yaml:"method"` // empty: any
	After   time.Duration     `yaml:"after"`
	Status  int               `yaml:"status"` // 200
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Fails   string            `yaml:"fails"` // why there is no answer
}

// Request is one that the flow sent; of an expected one, what is left out is
// not looked at.
type Request struct {
	Method  string            `yaml:"method"`
	URL     string            `yaml:"url"`
	Headers map[string]string `yaml:"headers"`
	Body    *string           `yaml:"body"`
}

func (r Request) String() string {
	text := r.Method + " " + r.URL
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		text += " " + name + ": " + r.Headers[name]
	}
	if r.Body != nil {
		text += " " + *r.Body
	}
	return strings.TrimSpace(text)
}

// fits tells whether was is as r expects it.
func (r Request) fits(was Request) bool {
	for name, v := range r.Headers {
		if was.Headers[name] != v {
			return false
		}
	}
	return (r.Method == "" || r.Method == was.Method) && (r.URL == "" || r.URL == was.URL) && (r.Body == nil || *r.Body == *was.Body)
}

// Do implements flow.HTTP.
func (o *outside) Do(ctx context.Context, r flow.HTTPRequest) (flow.HTTPResponse, error) {
	if err := o.away("http"); err != nil {
		return flow.HTTPResponse{}, err
	}
	sent := Request{Method: r.Method, URL: r.URL, Headers: map[string]string{}, Body: &r.Body}
	for _, h := range r.Headers {
		sent.Headers[h[0]] = h[1]
	}
	o.requests = append(o.requests, sent)
	o.leave(len(r.URL) + len(r.Body) + len(r.Headers)*piece)
	a := o.answer(r)
	if a == nil {
		return flow.HTTPResponse{}, fmt.Errorf("the story's world has no answer for %s %s", r.Method, r.URL)
	}
	if _, err := o.clock.Until(ctx, o.clock.Time.Add(a.After), nil); err != nil {
		return flow.HTTPResponse{}, err
	}
	if a.Fails != "" {
		return flow.HTTPResponse{}, errors.New(a.Fails)
	}
	status := a.Status
	if status == 0 {
		status = 200
	}
	return flow.HTTPResponse{Status: status, Headers: a.Headers, Body: a.Body}, nil
}

func (o *outside) answer(r flow.HTTPRequest) *Answer {
	last := -1
	for i := range o.world.HTTP {
		a := &o.world.HTTP[i]
		begin, open := strings.CutSuffix(a.URL, "*")
		if a.Method != "" && a.Method != r.Method || r.URL != a.URL && (!open || !strings.HasPrefix(r.URL, begin)) {
			continue
		}
		if last = i; o.asked[i] == 0 {
			break
		}
	}
	if last < 0 {
		return nil
	}
	o.asked[last]++
	return &o.world.HTTP[last]
}

// compareRequests notes where what was sent differs.
func (r *Report) compareRequests(want []Request) {
	if want == nil {
		return
	}
	for i := range max(len(want), len(r.Requests)) {
		switch {
		case i >= len(want):
			r.differ(fmt.Sprintf("request %d", i+1), "none", r.Requests[i])
		case i >= len(r.Requests):
			r.differ(fmt.Sprintf("request %d", i+1), want[i], "none")
		case !want[i].fits(r.Requests[i]):
			r.differ(fmt.Sprintf("request %d", i+1), want[i], r.Requests[i])
		}
	}
}

// compareCookies notes where what is kept of the other party differs.
func (r *Report) compareCookies(want map[string]any) {
	if want == nil {
		return
	}
	names := slices.Sorted(maps.Keys(want))
	if was := slices.Sorted(maps.Keys(r.Cookies)); !slices.Equal(names, was) {
		r.differ("cookies", names, was)
	}
	for _, name := range names {
		if w := flow.ValueOf(want[name]); w.Text() != r.Cookies[name].Text() {
			r.differ("cookie "+name, w.Show(), r.Cookies[name].Show())
		}
	}
}
