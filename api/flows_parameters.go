package api

import (
	"ringflow/endpoints"
	"ringflow/flow"
)

// GetParameterFieldNames lists the fields that a flow's values can come from.
type GetParameterFieldNames struct {
	_                    struct{} `ns:"Voice.Api.Flows"`
	AccountId            string
	ExcludeBuiltInFields bool
}

func (q *GetParameterFieldNames) account() string { return q.AccountId }

// GetParameterFieldNamesResponse names the fields of each source.
type GetParameterFieldNamesResponse struct {
	_        struct{} `ns:"Voice.Api.Flows"`
	Customer []GetParameterField
	System   []GetParameterField
	Session  []GetParameterField
	Endpoint []GetParameterField
	User     []GetParameterField
}

// GetParameterField is a field that a value can come from.
type GetParameterField struct {
	_         struct{} `ns:"Voice.Api.Flows"`
	FieldName string
	ValueType ValueTypes
	Field     *DataField
}

// builtInTypes are those of the built-ins that aren't String.
var builtInTypes = map[string]ValueTypes{
	"DialSipCode": "Number", "MediaUris": "List", "SipHeader": "Struct", "PhoneNumber": "PhoneNumber", "CallerId": "PhoneNumber",
	"TimeZoneId": "TimeZoneId", "EndpointId": "Endpoint", "CustomerId": "Customer", "FlowId": "Flow", "RecordingFileId": "File",
}

func (s *Server) getParameterFieldNames(r *Request, q *GetParameterFieldNames) (*GetParameterFieldNamesResponse, error) {
	v, err := s.Store.Settings(r.Context(), r.found.accountID)
	if err != nil {
		return nil, err
	}
	builtIn := func(names []string) []GetParameterField {
		out := []GetParameterField{}
		if q.ExcludeBuiltInFields {
			return out
		}
		for _, name := range names {
			kind := builtInTypes[name]
			if kind == "" {
				kind = "String"
			}
			out = append(out, GetParameterField{FieldName: name, ValueType: kind, Field: &DataField{Name: name, Type: kind}})
		}
		return out
	}
	out := &GetParameterFieldNamesResponse{
		Customer: builtIn(endpoints.CustomerBuiltIns), System: builtIn(endpoints.SystemBuiltIns), Session: builtIn(flow.SessionFields()),
		Endpoint: builtIn(endpoints.EndpointBuiltIns), User: builtIn(endpoints.EndpointBuiltIns),
	}
	add := func(to *[]GetParameterField, f *endpoints.DataField) {
		info := fieldInfo(f)
		*to = append(*to, GetParameterField{FieldName: f.Name, ValueType: info.Type, Field: &info})
	}
	for _, f := range v.CustomerFields {
		add(&out.Customer, &f.DataField)
	}
	for _, f := range v.SystemFields {
		add(&out.System, &f.DataField)
	}
	for _, f := range v.EndpointFields {
		add(&out.Endpoint, &f.DataField)
		if f.EndpointType == "" || f.EndpointType == endpoints.User {
			add(&out.User, &f.DataField)
		}
	}
	return out, nil
}
