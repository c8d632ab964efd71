package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
)

// An entity's ETag is "7-0f3a…": its revision, and a hash of the answer that it
// came with. If-Match asks for the revision alone, so that a tag from any
// format will do; If-None-Match compares the whole, because an answer shows
// more than the entity (names of others, what an agent does just now).

// revised is implemented by DTOs that show one entity.
type revised interface{ revisionOf() int64 }

func (e EntityInfo) revisionOf() int64       { return e.revision }
func (m MessageInfo) revisionOf() int64      { return m.revision }
func (c ConversationInfo) revisionOf() int64 { return c.revision }
func (v ReportInfo) revisionOf() int64       { return v.revision }
func (g GlobalSettings) revisionOf() int64   { return g.revision }

// entityTag is the ETag of an answer; empty for one that shows no entity.
func entityTag(out any, body []byte) string {
	e, ok := out.(revised)
	if !ok || e.revisionOf() == 0 {
		return ""
	}
	sum := sha256.Sum256(body)
	return `"` + strconv.FormatInt(e.revisionOf(), 10) + "-" + hex.EncodeToString(sum[:8]) + `"`
}

// tags are the entity tags of If-Match or If-None-Match (RFC 9110, 13.1);
// any: it is *.
func tags(header []string) (list []string, any bool) {
	for t := range strings.SplitSeq(strings.Join(header, ","), ",") {
		switch t = strings.TrimSpace(t); t {
		case "":
		case "*":
			any = true
		default:
			list = append(list, t)
		}
	}
	return list, any
}

// matches tells whether If-Match lets a change of this revision pass. A weak
// tag never does.
func matches(header []string, revision int64) bool {
	list, any := tags(header)
	if any {
		return true
	}
	for _, t := range list {
		text, quoted := strings.CutPrefix(t, `"`)
		text, _, _ = strings.Cut(strings.TrimSuffix(text, `"`), "-")
		if n, err := strconv.ParseInt(text, 10, 64); quoted && err == nil && n == revision {
			return true
		}
	}
	return false
}

// notModified tells whether the client that asked with If-None-Match has the
// answer already. Without that header nothing is ever a 304.
func notModified(r *http.Request, tag string) bool {
	header := r.Header.Values("If-None-Match")
	if len(header) == 0 || tag == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	list, any := tags(header)
	if any {
		return true
	}
	for _, t := range list {
		if strings.TrimPrefix(t, "W/") == tag { // weak comparison
			return true
		}
	}
	return false
}

// at is what a scope has loaded by its id: what If-Match is about.
func (f *found) at() (id string, revision int64) {
	switch {
	case f.flow != nil:
		return f.flow.ID, f.flow.Revision
	case f.endpoint != nil:
		return f.endpoint.ID, f.endpoint.Revision
	case f.customer != nil:
		return f.customer.ID, f.customer.Revision
	case f.file != nil:
		return f.file.ID, f.file.Revision
	case f.login != nil:
		return f.login.ID, f.login.Revision
	case f.webhook != nil:
		return f.webhook.ID, f.webhook.Revision
	case f.message != nil:
		return f.message.ID, f.message.Revision
	case f.conversation != nil:
		return f.conversation.ID, f.conversation.Revision
	case f.record != nil:
		return f.record.ID, f.record.Revision
	case f.key != nil:
		return f.key.ID, f.key.Revision
	case f.report != nil:
		return f.report.ID, f.report.Revision
	case f.global != nil:
		return globalMeta, f.global.revision
	case f.settings != nil:
		return f.settings.AccountID, f.settings.Revision
	case f.named:
		return f.account.ID, f.account.Revision
	}
	return "", 0
}

// changed tells the client that its If-Match holds no longer.
func changed(revision int64) error {
	return &failure{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed",
		Text: "If-Match: it was changed since; it is at revision " + strconv.FormatInt(revision, 10) + " now. Get it again, and make the change anew"}
}

// untagged tells the client that no tag can be that of what he changes: there are none (RFC
// 9110, 13.1.1). To let it pass would be to promise what isn't kept.
func untagged() error {
	return &failure{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed",
		Text: "If-Match: what this changes has no ETag; leave the header out"}
}

// changes tells that the request is about something that is there already.
func (r *Request) changes() bool {
	return r.Method == http.MethodPatch || r.Method == http.MethodPut || r.Method == http.MethodDelete
}

// Edits of the same thing at once: who comes too late begins again with what
// there is now. Each try waits longer, and not as long as others.
const (
	editTries = 500
	editPause = 4 * time.Millisecond
)

// load finds what the request names, if it is the caller's to use.
func (h *handler) load(r *Request, in any) error {
	r.found = found{}
	if err := r.Operation.Scope.check(h.s, r, in); err != nil {
		return err
	}
	return h.s.mustKeep(r, in)
}

// edit finds what the request names and runs its handler. With If-Match that is
// done to the very revision that the client has seen, or not at all; without
// it the change is made again of what somebody else has just put there.
func (h *handler) edit(r *Request, in any) (any, error) {
	plain := r.Request
	for try := 1; ; try++ {
		r.Request = plain
		if err := h.load(r, in); err != nil {
			return nil, err
		}
		header := r.Header.Values("If-Match")
		if list, any := tags(header); len(list) > 0 && !any && !r.Operation.conditional() && r.changes() {
			return nil, untagged()
		}
		id, revision := r.found.at()
		conditional := len(header) > 0 && id != "" && r.Operation.conditional()
		if conditional {
			if !matches(header, revision) {
				return nil, changed(revision)
			}
			if _, any := tags(header); any {
				conditional = false // whatever it is now
			} else {
				r.Request = r.WithContext(endpoints.At(r.Context(), id, revision))
			}
		}
		out, err := r.Operation.handle(h.s, r, in)
		switch {
		case !errors.Is(err, endpoints.ErrStale):
			return out, err
		case conditional:
			return nil, changed(revision + 1)
		case r.file != nil, try == editTries:
			return nil, err // the bytes have been used up
		}
		if err := wait(r.Context(), time.Duration(rand.Int64N(int64(min(try, 20))*int64(editPause)))); err != nil {
			return nil, err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
