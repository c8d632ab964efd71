package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/api/form"
	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// failure is an error with everything its answer needs.
type failure struct {
	Status     int
	Code       string // errorCode of the contract
	Text       string
	Field      string
	RetryAfter int // seconds
	Allow      string
}

func (f *failure) Error() string { return f.Text }

func fail(status int, code, format string, args ...any) error {
	return &failure{Status: status, Code: code, Text: fmt.Sprintf(format, args...)}
}

// badValue refuses a member that can't be read.
func badValue(field, format string, args ...any) error {
	return &failure{Status: http.StatusBadRequest, Code: "RequestBindingException", Field: field, Text: field + ": " + fmt.Sprintf(format, args...)}
}

func notFound(what, id string) error {
	return fail(http.StatusNotFound, "NotFound", "there is no %s %.64q", what, id)
}

// errorTable is what errors of the other rooms mean to a client. A far end
// that is busy, unknown or broken is none of them: clients send a request
// again after a 5xx, and would call twice.
var errorTable = []struct {
	is     error
	status int
	code   string
}{
	{fs.ErrNotExist, http.StatusNotFound, "NotFound"},
	{endpoints.ErrStale, http.StatusConflict, "OptimisticConcurrencyException"},
	{fs.ErrExist, http.StatusConflict, "OptimisticConcurrencyException"},
	{fs.ErrPermission, http.StatusForbidden, "Forbidden"},
	{session.ErrNoTalk, http.StatusConflict, "Conflict"},
	{session.ErrNotRinging, http.StatusConflict, "Conflict"},
	{session.ErrMoving, http.StatusConflict, "Conflict"},
	{session.ErrCrowd, http.StatusConflict, "Conflict"},
	{session.ErrNotOnHold, http.StatusConflict, "Conflict"},
	{session.ErrNotThere, http.StatusConflict, "Conflict"},
	{session.ErrFull, http.StatusServiceUnavailable, "ServiceUnavailable"},
	{session.ErrDraining, http.StatusServiceUnavailable, "ServiceUnavailable"},
}

// classify gives every error its answer.
func classify(err error) *failure {
	var f *failure
	var unread *form.Error
	var invalid *endpoints.Invalid
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &unread):
		return &failure{Status: unread.Status, Code: unread.Code, Text: unread.Text, Field: unread.Field}
	case errors.As(err, &invalid):
		text := invalid.Error()
		if strings.HasPrefix(invalid.Text, invalid.Field) {
			text = invalid.Text // which names it already
		}
		return &failure{Status: http.StatusBadRequest, Code: "ArgumentException", Text: text, Field: invalid.Field}
	case errors.As(err, &tooLarge):
		return &failure{Status: http.StatusRequestEntityTooLarge, Code: "ArgumentException", Text: fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	case errors.Is(err, context.Canceled):
		return &failure{Status: 499, Code: "RequestCanceled", Text: "the client went away"} // nobody reads it
	}
	if store.Away(err) {
		return &failure{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", RetryAfter: 1 + rand.IntN(5), Text: "the server's database doesn't answer; try again in a moment"}
	}
	for _, row := range errorTable {
		if errors.Is(err, row.is) {
			f := &failure{Status: row.status, Code: row.code, Text: strings.TrimPrefix(strings.TrimSuffix(err.Error(), ": "+row.is.Error()), "session: ")}
			if f.Status == http.StatusServiceUnavailable {
				f.RetryAfter = 1 + rand.IntN(5) // apart, so that not all come back at once
			}
			return f
		}
	}
	return &failure{Status: http.StatusInternalServerError, Code: "InternalServerError", Text: "something went wrong in the server; its log tells what"}
}

// ErrorResponse is the body of every error.
type ErrorResponse struct {
	_              struct{} `ns:"http://schemas.servicestack.net/types"`
	ResponseStatus *ResponseStatus
}

// ResponseStatus is ServiceStack's.
type ResponseStatus struct {
	_         struct{} `ns:"http://schemas.servicestack.net/types"`
	ErrorCode string
	Message   string
	Errors    []ResponseError
}

// ResponseError is one field that was refused.
type ResponseError struct {
	_         struct{} `ns:"http://schemas.servicestack.net/types"`
	ErrorCode string
	FieldName string
	Message   string
}

// renew gives the answer its full time, however long the request took to come.
func renew(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // a writer without deadlines needs none
}

// writeError answers with err. What is the server's own fault is logged here
// and hidden from the client.
func (h *handler) writeError(w http.ResponseWriter, r *http.Request, f form.Format, err error) {
	e := classify(err)
	renew(w)
	if e.Status == http.StatusInternalServerError || store.Away(err) {
		h.s.log().Error("request failed", zap.String("method", r.Method), zap.String("path", r.URL.Path), zap.Error(err))
	}
	body := &ErrorResponse{ResponseStatus: &ResponseStatus{ErrorCode: e.Code, Message: e.Text}}
	if e.Field != "" {
		body.ResponseStatus.Errors = []ResponseError{{ErrorCode: e.Code, FieldName: e.Field, Message: e.Text}}
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	if e.Allow != "" {
		w.Header().Set("Allow", e.Allow)
	}
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="/auth/basic"`)
	}
	if f.Table() {
		f = form.JSON // an error is no table
	}
	h.write(w, f, e.Status, body)
}
