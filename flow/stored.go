package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Flow is a stored flow, one version of it. The members of Raw are kept byte
// for byte as the client gave them: a client compares a hash of what it reads
// with what it wrote.
type Flow struct {
	ID          string
	AccountID   string
	CustomerID  string
	Name        string
	Description string
	Notes       string
	Roles       []string
	TagIDs      []string // of the flow, whatever its version
	Version     int      // from 1; each save makes a new one
	Raw         Raw
	Revision    int64 // of the flow, whatever its version: counts all changes; see endpoints.Entity

	DateCreated      time.Time
	DateLastModified time.Time
	CreatedBy        string // e-mail of a login, or "system"
	LastModifiedBy   string
}

// Raw is what a client gave, verbatim; an empty member was not given.
type Raw struct {
	Nodes      json.RawMessage
	Parameters json.RawMessage
	Exits      json.RawMessage
	UI         json.RawMessage
}

// Graph reads the flow's nodes, parameters and exits.
func (f *Flow) Graph() (*Graph, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, m := range []struct {
		name string
		raw  json.RawMessage
	}{{"nodes", f.Raw.Nodes}, {"parameters", f.Raw.Parameters}, {"exits", f.Raw.Exits}} {
		if len(m.raw) == 0 {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", m.name, m.raw)
	}
	b.WriteByte('}')
	g, err := Parse(b.Bytes())
	if err != nil {
		return nil, err
	}
	g.ID, g.Version, g.Name = f.ID, f.Version, f.Name
	return g, nil
}

// Count is how many nodes the flow has; 0 when they can't be read.
func (f *Flow) Count() int {
	var nodes []json.RawMessage
	if json.Unmarshal(f.Raw.Nodes, &nodes) != nil {
		return 0
	}
	return len(nodes)
}
