package endpoints

import "fmt"

// Invalid is a value that cannot be taken: which field, and what is wrong and allowed.
type Invalid struct {
	Field string // in the API's name
	Text  string
}

func (e *Invalid) Error() string {
	if e.Field == "" {
		return e.Text
	}
	return e.Field + ": " + e.Text
}

func invalid(field, format string, args ...any) error {
	return &Invalid{Field: field, Text: fmt.Sprintf(format, args...)}
}
