package flow

import (
	"fmt"
	"strings"
)

// Severity of a Problem.
type Severity string

const (
	// SeverityError: the flow can't run; calls to it get 480.
	SeverityError Severity = "error"
	// SeverityWarning only shows.
	SeverityWarning Severity = "warning"
)

// Problem is something wrong with a flow, as POST /flows/validate answers it.
type Problem struct {
	NodeID    string   `json:"nodeId,omitempty"`
	Parameter string   `json:"parameter,omitempty"` // of a row: Choices[2].Key, rows from 1
	Column    int      `json:"column,omitempty"`    // in the template or expression, in characters from 1
	Severity  Severity `json:"severity"`
	Text      string   `json:"text"`
}

func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(string(p.Severity))
	if p.NodeID != "" {
		b.WriteString(", node " + p.NodeID)
	}
	if p.Parameter != "" {
		b.WriteString(", " + p.Parameter)
	}
	if p.Column > 0 {
		fmt.Fprintf(&b, ", column %d", p.Column)
	}
	return b.String() + ": " + p.Text
}

// Errors gives those problems which keep a flow from running.
func Errors(ps []Problem) []Problem {
	var errs []Problem
	for _, p := range ps {
		if p.Severity == SeverityError {
			errs = append(errs, p)
		}
	}
	return errs
}
