package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// What we read is bounded in every format: how deep it nests, and how many
// values a list of it, or XML and JSV as a whole, may have.
const (
	maxDepth  = 50
	maxValues = 100_000
)

// Node is a value as it was sent, in whatever format. Text and Kids of one that
// came as JSON are empty: what is below it is looked at when a DTO is filled.
type Node struct {
	Name string // of a member
	Text string
	Kids []Node
	null bool
	raw  json.RawMessage // sent as JSON, and valid: raw is all there is until expand
}

var (
	errTooDeep = errors.New("nested more than 50 deep")
	errTooMany = errors.New("more than 100,000 values")
)

// IsNull tells whether it says that there is nothing.
func (n *Node) IsNull() bool {
	return n.null || n.raw != nil && string(bytes.TrimSpace(n.raw)) == "null"
}

// Find is the first kid of that name, in any case.
func (n Node) Find(name string) Node {
	for _, kid := range n.Kids {
		if strings.EqualFold(kid.Name, name) {
			return kid
		}
	}
	return Node{}
}
