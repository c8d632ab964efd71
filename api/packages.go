package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
)

// A package is flows with all that they start, and the definitions of the
// fields that they use: what one account gives to another.

// maxPackageFlows bounds a package.
const maxPackageFlows = 200

// ExportPackage packs flows.
type ExportPackage struct {
	_                      struct{} `ns:"Voice.Api.Flows"`
	AccountId              string
	FlowIds                []string
	IncludeAllCustomFields bool
}

func (q *ExportPackage) account() string { return q.AccountId }

// PackageInfo is a package.
type PackageInfo struct {
	_              struct{} `ns:"Voice.Api.Flows"`
	Flows          []FlowInfo
	CustomerFields []CustomerDataField
	EndpointFields []EndpointDataField
	SystemFields   []SystemSettingsField
}

// exportPackage packs the flows and those that they start, as they were saved last.
func (s *Server) exportPackage(r *Request, q *ExportPackage) (*PackageInfo, error) {
	ctx := r.Context()
	if len(q.FlowIds) == 0 {
		return nil, &endpoints.Invalid{Field: "flowIds", Text: "is missing: which flows are to be packed?"}
	}
	flows, err := s.withStarted(ctx, r.found.accountID, q.FlowIds)
	if err != nil {
		return nil, err
	}
	out := &PackageInfo{Flows: []FlowInfo{}, CustomerFields: []CustomerDataField{}, EndpointFields: []EndpointDataField{}, SystemFields: []SystemSettingsField{}}
	var bound []string
	var texts packedTexts
	for _, f := range flows {
		more, err := texts.read(f)
		if err != nil {
			return nil, err
		}
		bound = append(bound, more...)
		info := FlowInfo{
			EntityInfo: EntityInfo{Id: f.ID, DateCreated: f.DateCreated, DateLastModified: f.DateLastModified},
			Name:       f.Name, Description: f.Description, Notes: f.Notes, Roles: []FlowRoles{},
			Nodes: orEmpty(f.Raw.Nodes), Parameters: orEmpty(f.Raw.Parameters), Exits: orEmpty(f.Raw.Exits), UI: f.Raw.UI, NodeCount: f.Count(), Version: f.Version,
		}
		for _, role := range f.Roles {
			info.Roles = append(info.Roles, FlowRoles(role))
		}
		out.Flows = append(out.Flows, info)
	}
	if len(bound) > 0 {
		const most = 20
		text := strings.Join(bound[:min(len(bound), most)], "; ")
		if len(bound) > most {
			text += fmt.Sprintf("; and %d more", len(bound)-most)
		}
		return nil, &endpoints.Invalid{Field: "flowIds", Text: "the flows name things of this account, which no other has; put a field, a variable or a parameter of the flow in their place: " + text}
	}
	v, err := s.Store.Settings(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	all := settingsInfo(v)
	for _, f := range all.CustomerFields {
		if q.IncludeAllCustomFields || texts.use(f.Name, "Customer") {
			out.CustomerFields = append(out.CustomerFields, f)
		}
	}
	for _, f := range all.EndpointFields {
		if q.IncludeAllCustomFields || texts.use(f.Name, "Endpoint", "User") {
			out.EndpointFields = append(out.EndpointFields, f)
		}
	}
	for _, f := range all.SystemFields {
		if q.IncludeAllCustomFields || texts.use(f.Name, "System") {
			f.Value = nil // it is the account's own
			out.SystemFields = append(out.SystemFields, f)
		}
	}
	return out, nil
}

// withStarted are the account's flows with these ids and all that they start.
func (s *Server) withStarted(ctx context.Context, account string, ids []string) ([]*flow.Flow, error) {
	var out []*flow.Flow
	for queue := slices.Clone(ids); len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		if slices.ContainsFunc(out, func(f *flow.Flow) bool { return f.ID == id }) {
			continue
		}
		f, _, err := s.Store.NewestFlow(ctx, id)
		if err != nil || f.AccountID != account {
			return nil, missing(err, "flow", id)
		}
		if err := s.within(ctx, f.CustomerID, "flow", id); err != nil {
			return nil, err
		}
		if out = append(out, f); len(out) > maxPackageFlows {
			return nil, &endpoints.Invalid{Field: "flowIds", Text: fmt.Sprintf("with all that they start these are more than %d flows; take fewer", maxPackageFlows)}
		}
		g, err := f.Graph()
		if err != nil {
			return nil, &endpoints.Invalid{Field: "flowIds", Text: fmt.Sprintf("flow %q can't be read: %v", f.Name, err)}
		}
		queue = append(queue, g.Starts()...)
	}
	return out, nil
}

// ImportPackage makes flows of a package.
type ImportPackage struct {
	_         struct{} `ns:"Voice.Api.Flows"`
	AccountId string
	Package   *PackageInfo
}

func (q *ImportPackage) account() string { return q.AccountId }

// ImportPackageResponse tells what was made.
type ImportPackageResponse struct {
	_              struct{} `ns:"Voice.Api.Flows"`
	Flows          []ImportedFlow
	CustomerFields []string // made, by name
	EndpointFields []string
	SystemFields   []string
}

// ImportedFlow is a flow that came with a package.
type ImportedFlow struct {
	_             struct{} `ns:"Voice.Api.Flows"`
	Id            string
	Name          string
	PackageFlowId string // as the package calls it
	PackageName   string // it has another name if the account has a flow of this one
}

// importPackage makes the flows and the fields that are missing, all of them or none.
func (s *Server) importPackage(r *Request, q *ImportPackage) (*ImportPackageResponse, error) {
	ctx := r.Context()
	if q.Package == nil || len(q.Package.Flows) == 0 {
		return nil, &endpoints.Invalid{Field: "package.flows", Text: "is missing: a package has a flow at least"}
	}
	if n := len(q.Package.Flows); n > maxPackageFlows {
		return nil, &endpoints.Invalid{Field: "package.flows", Text: fmt.Sprintf("has %d flows; %d are allowed", n, maxPackageFlows)}
	}
	have, err := s.signatures(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	names, ids := map[string]bool{}, map[string]string{}
	for _, f := range have {
		names[strings.ToLower(f.Name)], ids[f.ID] = true, f.ID // what the account has may be started as it is
	}
	for i, f := range q.Package.Flows {
		if f.Id != "" && slices.ContainsFunc(q.Package.Flows[:i], func(o FlowInfo) bool { return o.Id == f.Id }) {
			return nil, &endpoints.Invalid{Field: fmt.Sprintf("package.flows[%d].id", i), Text: fmt.Sprintf("%.64q is there twice", f.Id)}
		}
	}
	out := &ImportPackageResponse{Flows: make([]ImportedFlow, len(q.Package.Flows))}
	for i, f := range q.Package.Flows {
		out.Flows[i] = ImportedFlow{Id: endpoints.NewID(), PackageFlowId: f.Id, PackageName: f.Name}
		if f.Id != "" {
			ids[f.Id] = out.Flows[i].Id
		}
	}
	who := r.Who.login.EmailAddress
	flows := make([]*flow.Flow, len(q.Package.Flows))
	for i, in := range q.Package.Flows {
		where := fmt.Sprintf("package.flows[%d]", i)
		nodes, err := moved(in.Nodes, ids)
		if err != nil {
			return nil, &endpoints.Invalid{Field: where + ".nodes", Text: err.Error()}
		}
		f := &flow.Flow{
			ID: out.Flows[i].Id, AccountID: r.found.accountID, Name: freeName(cmp.Or(strings.TrimSpace(in.Name), "New flow"), names), Notes: in.Notes, Roles: []string{},
			Raw: flow.Raw{Nodes: nodes, Parameters: in.Parameters, Exits: in.Exits, UI: in.UI}, CreatedBy: who, LastModifiedBy: who,
		}
		if err := rightShape(f); err != nil {
			return nil, within(err, where)
		}
		out.Flows[i].Name, flows[i] = f.Name, f
	}
	v, err := s.Store.Settings(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	fresh, err := q.Package.addMissing(v, out)
	if err != nil {
		return nil, err
	}
	if !fresh {
		v = nil
	}
	if err := s.Store.PutPackage(ctx, v, flows); err != nil {
		return nil, err
	}
	s.reload(ctx)
	return out, nil
}

// within tells where in a request a value is wrong.
func within(err error, where string) error {
	var i *endpoints.Invalid
	if errors.As(err, &i) {
		return &endpoints.Invalid{Field: where + "." + i.Field, Text: i.Text}
	}
	return err
}

// startURL is where a Flow node names its flow, as it stands in JSON.
var startURL = regexp.MustCompile(`(\\?/flows\\?/start\?flowId=)([^"&\\]*)`)

// moved gives the Flow nodes the ids that their flows have here. Nothing else
// of the bytes is touched.
func moved(nodes json.RawMessage, ids map[string]string) (json.RawMessage, error) {
	var unknown error
	out := startURL.ReplaceAllFunc(nodes, func(m []byte) []byte {
		part := startURL.FindSubmatch(m)
		id, ok := ids[string(part[2])]
		if !ok && len(part[2]) > 0 {
			unknown = fmt.Errorf("start the flow %.64q, which is neither in the package nor in the account", part[2])
		}
		if !ok {
			return m
		}
		return append(slices.Clone(part[1]), id...)
	})
	return out, unknown
}

// freeName is the name, or with a number behind it one that no flow has.
func freeName(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[strings.ToLower(free)]; n++ {
		free = fmt.Sprintf("%s (%d)", name, n)
	}
	taken[strings.ToLower(free)] = true
	return free
}

// addMissing adds the package's fields that v doesn't have by name; one that it
// has with another type can't be meant.
func (p *PackageInfo) addMissing(v *endpoints.Settings, out *ImportPackageResponse) (fresh bool, err error) {
	out.CustomerFields, out.EndpointFields, out.SystemFields = []string{}, []string{}, []string{}
	missing := func(where string, in *DataField, have ...*endpoints.DataField) bool {
		for _, f := range have {
			if strings.EqualFold(f.Name, in.Name) {
				if in.Type != "" && string(in.Type) != f.Type && err == nil {
					err = fail(http.StatusConflict, "OptimisticConcurrencyException", "%s: the account has a field %q of type %s, the package one of type %s; rename one of them", where, f.Name, f.Type, in.Type)
				}
				return false
			}
		}
		in.Id = "" // a new one here
		return err == nil
	}
	q := &PatchSystemSettings{}
	info := settingsInfo(v)
	for i, f := range p.CustomerFields {
		if missing(fmt.Sprintf("package.customerFields[%d]", i), &f.DataField, definitions(v.CustomerFields, func(f *endpoints.CustomerField) *endpoints.DataField { return &f.DataField })...) {
			q.CustomerFields = append(orThese(q.CustomerFields, info.CustomerFields), f)
			out.CustomerFields = append(out.CustomerFields, f.Name)
		}
	}
	for i, f := range p.EndpointFields {
		if missing(fmt.Sprintf("package.endpointFields[%d]", i), &f.DataField, definitions(v.EndpointFields, func(f *endpoints.EndpointField) *endpoints.DataField { return &f.DataField })...) {
			q.EndpointFields = append(orThese(q.EndpointFields, info.EndpointFields), f)
			out.EndpointFields = append(out.EndpointFields, f.Name)
		}
	}
	for i, f := range p.SystemFields {
		if missing(fmt.Sprintf("package.systemFields[%d]", i), &f.DataField, definitions(v.SystemFields, func(f *endpoints.SystemField) *endpoints.DataField { return &f.DataField })...) {
			q.SystemFields = append(orThese(q.SystemFields, info.SystemFields), f)
			out.SystemFields = append(out.SystemFields, f.Name)
		}
	}
	if err != nil {
		return false, err
	}
	fresh = q.CustomerFields != nil || q.EndpointFields != nil || q.SystemFields != nil
	q.fields(v)
	return fresh, nil
}

// orThese are the first of two lists, or when there is none yet the second.
func orThese[T any](list, others []T) []T {
	if list == nil {
		return others
	}
	return list
}

func definitions[F any](all []F, of func(F) *endpoints.DataField) []*endpoints.DataField {
	out := make([]*endpoints.DataField, len(all))
	for i, f := range all {
		out[i] = of(f)
	}
	return out
}
