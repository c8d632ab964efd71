package api

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"ringflow/api/form"
	"ringflow/endpoints"
	"ringflow/store"
)

// Operation is one entry of the contract: everything about a call but what it
// does stands here. Routes, access, documentation come from it.
type Operation struct {
	Name    string   // of the request DTO: /json/reply/{Name}
	Summary string   // one sentence
	Routes  []string // "GET /flows/{flowId}"
	Roles   []endpoints.Role
	// Anonymous operations need no login. Without it, and with no Roles, every
	// login may.
	Anonymous bool
	// Scope decides which accounts' things the call may touch, and loads what
	// the request names. There is no operation without one.
	Scope scope
	// Needs is the scope that an API key must have; empty: what the routes tell.
	Needs endpoints.KeyScope
	// Limit of the body in bytes; 0: maxBody.
	Limit int64
	// Whole names the member that the body is as it came, whatever its
	// Content-Type says; empty: the body is the request.
	Whole string
	// Upload operations take a file part, streamed to the blob store.
	Upload bool
	// Direct ones also take the bytes as the body, whose Content-Type is none of what
	// bodies are read by.
	Direct bool
	// Media is the content type of answers that are no DTO.
	Media string
	// Missing says why the operation isn't served, in every answer; see outofscope.go.
	Missing string

	request, response reflect.Type
	handle            func(s *Server, r *Request, in any) (any, error)
}

const (
	maxBody     = 1 << 20
	maxFlowBody = 8 << 20 // thousands of nodes
	maxStory    = 256 << 10
	maxUpload   = 64 << 20
)

// Request is one call on its way to the handler.
type Request struct {
	*http.Request
	Operation *Operation
	Who       *caller
	W         http.ResponseWriter // for headers and cookies; bodies are returned

	file   *upload       // of an Upload operation
	repeat *store.Repeat // it has an idempotency key, and is the first with it

	// What the scope has loaded, and found to be the caller's to use.
	found found

	did *endpoints.Login // who an anonymous call turned out to be
}

// nothing is the answer of a void operation: 204.
type nothing struct{}

// raw answers with bytes of its own.
type raw func(w http.ResponseWriter, r *http.Request) error

// op makes an entry; the types come from the handler.
func op[In, Out any](f func(s *Server, r *Request, in *In) (Out, error), o Operation) *Operation {
	o.request, o.response = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	if o.Name == "" {
		o.Name = o.request.Name()
	}
	o.handle = func(s *Server, r *Request, in any) (any, error) { return f(s, r, in.(*In)) }
	return &o
}

// void makes an entry that answers 204.
func void[In any](f func(s *Server, r *Request, in *In) error, o Operation) *Operation {
	return op(func(s *Server, r *Request, in *In) (nothing, error) { return nothing{}, f(s, r, in) }, o)
}

// formatted tells whether the answer is a DTO, in the format that the client chooses.
func (o *Operation) formatted() bool {
	return o.Media == "" && o.response != reflect.TypeFor[nothing]()
}

// writes tells whether the operation changes something: then no other site may
// call it with a browser's cookies.
func (o *Operation) writes() bool {
	return slices.ContainsFunc(o.Routes, func(r string) bool { return !strings.HasPrefix(r, "GET ") })
}

// registry is the operations by name and by route.
type registry struct {
	ops    []*Operation
	byName map[string]*Operation // lower case
	routes router
}

// newRegistry panics on what a test run would show: two entries of one name or
// route, an entry without a scope.
func newRegistry(ops []*Operation) *registry {
	g := &registry{ops: ops, byName: map[string]*Operation{}}
	for _, o := range ops {
		key := strings.ToLower(o.Name)
		if g.byName[key] != nil || o.Scope.check == nil {
			panic(fmt.Sprintf("api: operation %s: there twice, or without a scope", o.Name))
		}
		g.byName[key] = o
		for _, route := range o.Routes {
			verb, path, _ := strings.Cut(route, " ")
			path, _ = form.CutSuffix(path) // as that of a request is
			g.routes.add(verb, path, o)
		}
	}
	return g
}

// types are all DTOs of the registry.
func (g *registry) types() []reflect.Type {
	out := []reflect.Type{reflect.TypeFor[ErrorResponse]()}
	for _, o := range g.ops {
		out = append(out, o.request, o.response)
	}
	return out
}

// allowed tells whether a login with these roles may call the operation.
func (o *Operation) allowed(roles []endpoints.Role) bool {
	return len(o.Roles) == 0 || slices.ContainsFunc(o.Roles, func(r endpoints.Role) bool { return slices.Contains(roles, r) })
}
