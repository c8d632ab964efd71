package form

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is what can't be read, in the contract's words.
type Error struct {
	Status int
	Code   string // RequestBindingException, SerializationException, ArgumentException
	Field  string // the member; "": the whole
	Text   string
}

func (e *Error) Error() string { return e.Text }

// refuse refuses a member.
func refuse(field, format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Code: "RequestBindingException", Field: field, Text: field + ": " + fmt.Sprintf(format, args...)}
}

// unbound refuses a request that is none.
func unbound(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Code: "RequestBindingException", Text: fmt.Sprintf(format, args...)}
}

// unread refuses a body that is none of its format.
func unread(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Code: "SerializationException", Text: fmt.Sprintf(format, args...)}
}

// ReadError tells a body that is too long, which is http.MaxBytesReader's error,
// from one that broke off or was too slow.
func ReadError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return unbound("the body ended early")
}
