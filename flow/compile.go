package flow

// Program is a compiled flow: read only, shared by all its runs.
type Program struct {
	id      string
	version int
	name    string
}

// Compile makes a Program of g and lists every Problem. The Program may only
// be run if none of them is an error.
func Compile(g *Graph) (*Program, []Problem) {
	return &Program{id: g.ID, version: g.Version, name: g.Name}, nil
}
