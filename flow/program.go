package flow

// Program is a compiled flow: read only, shared by all its runs.
type Program struct {
	id         string
	version    int
	name       string
	nodes      []*node
	index      map[string]int   // node id to its place
	named      map[string][]int // nodes by name; the name may be shared
	start      int              // -1: none
	onHangup   int              // -1: none
	onMessages []int            // nodes that each message in a chat room starts
	params     map[string]FlowParameter
	exits      map[string]bool
	starts     []string // ids of the flows that its nodes start
}

// ID is the flow's id.
func (p *Program) ID() string { return p.id }

// Version is the version of the flow that was compiled.
func (p *Program) Version() int { return p.version }

// Name is the flow's name.
func (p *Program) Name() string { return p.name }

// shown is the flow's name, or its id when it has none.
func (p *Program) shown() string {
	if p.name == "" {
		return p.id
	}
	return p.name
}

// node is a node of the graph with its compiled parameters.
type node struct {
	id     string
	name   string // as shown
	typ    *nodeType
	values []value // one for each parameter of the spec, in its order
	exits  map[string]target
	starts *starting // a Flow node's
}

// target is where a connected transition leads: to a node, or to an exit of the flow.
type target struct {
	node int
	exit string // not empty: an exit
	over bool   // the flow ends here, by no exit
}

// value is a compiled parameter.
type value struct {
	given    bool
	source   Source
	ref      string
	typ      ValueType
	literal  Value
	template *template
	expr     *expression
	rows     []row
}

// name is the literal of a value as it names a transition; empty when it is blank.
func (v *value) name() string {
	if v.literal.Blank() {
		return ""
	}
	return v.literal.Text()
}

// row is one row of a list.
type row struct {
	name    string   // the stored literal that names its transition
	values  []value  // one for each member of the spec, or of members
	members []string // of a list whose rows nothing declares: their names
}

// follow finds where a transition leads; what was taken instead of it if that
// one was not connected, and false if neither was.
func (n *node) follow(transition string) (taken string, to target, ok bool) {
	for seen := 0; seen <= len(n.typ.spec.exits); seen++ {
		if to, ok := n.exits[transition]; ok {
			return transition, to, true
		}
		e := n.typ.spec.exit(transition)
		if e == nil || e.Else == "" {
			break
		}
		transition = e.Else
	}
	return transition, target{}, false
}

// onward is how a target shows in the log.
func (p *Program) onward(t target) string {
	if t.exit != "" {
		return "exit " + t.exit
	}
	return p.nodes[t.node].name
}
