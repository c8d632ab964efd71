package flow

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Node is one step of a flow. For each step a new one is made, its fields are
// filled with the evaluated parameters, and Run is called once; so a node is
// plain Go and is never shared.
type Node interface {
	// Spec declares the node: see Spec. It is called again for each new node
	// and must declare the same each time.
	Spec(s *Spec)
	// Run does the work and gives the name of the transition to follow. What a
	// caller or a far end can cause is a transition; an error is a fault of
	// ours, or a *Stop, or the cause that ended ctx.
	Run(ctx context.Context, x *Execution) (transition string, err error)
}

// registry is filled by flow/nodes at start and only read afterwards.
var registry = struct {
	sync.RWMutex
	types map[string]*nodeType
}{types: map[string]*nodeType{}}

// nodeType is a registered kind of node with its declaration.
type nodeType struct {
	name string
	make func() Node
	spec *Spec
}

// Register makes a node type known under its typeName; a second one of the
// same name, or a declaration that contradicts itself, panics at start.
func Register(typeName string, f func() Node) {
	registry.Lock()
	defer registry.Unlock()
	if _, ok := registry.types[typeName]; ok {
		panic("flow: node type " + typeName + " is registered twice")
	}
	registry.types[typeName] = &nodeType{name: typeName, make: f, spec: declare(typeName, f())}
}

func lookup(typeName string) *nodeType {
	registry.RLock()
	defer registry.RUnlock()
	return registry.types[typeName]
}

// typeNames are all registered names, sorted.
func typeNames() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.SortedFunc(maps.Keys(registry.types), strings.Compare)
}
