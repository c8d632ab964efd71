package store

import (
	"slices"
	"strings"
)

// sorting is what a list can be sorted by: the API's name of a field and where it
// stands. Only what stands here ever gets into an ORDER BY.
type sorting map[string]column

// column is one of the row; or, in of, an expression in SQL that stands for one.
type column struct {
	name string
	text bool // sorted without regard to case
	of   string
}

// entities are the fields that every row of configuration can be sorted by.
var entities = sorting{
	"id": {name: "id"}, "dateCreated": {name: "created"}, "dateLastModified": {name: "modified"},
	"createdBy": {name: "created_by", text: true}, "lastModifiedBy": {name: "modified_by", text: true},
}

// What rows of configuration are shown with: the names of those whose ids they keep.
// Rows without one come as if it were empty, in both databases.
var (
	byAccount  = column{text: true, of: "coalesce((SELECT other.name FROM accounts AS other WHERE other.id = ?TableAlias.account_id), '')"}
	byCustomer = column{text: true, of: "coalesce((SELECT other.name FROM customers AS other WHERE other.id = ?TableAlias.customer_id), '')"}
	byFlow     = column{text: true, of: "coalesce((SELECT other.name FROM flows AS other WHERE other.id = ?TableAlias.flow_id), '')"}
)

// and adds text columns.
func (s sorting) and(more map[string]string) sorting {
	out := sorting{}
	for k, v := range s {
		out[k] = v
	}
	for field, name := range more {
		out[field] = column{name: name, text: true}
	}
	return out
}

// with adds others, too.
func (s sorting) with(more sorting) sorting {
	out := s.and(nil)
	for field, c := range more {
		out[field] = c
	}
	return out
}

// numbers are columns that are no text.
func numbers(more map[string]string) sorting {
	out := sorting{}
	for field, name := range more {
		out[field] = column{name: name}
	}
	return out
}

func (s sorting) names() string {
	names := []string{}
	for n := range s {
		names = append(names, n)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// order is what a list is sorted by for the API's name of a field; empty: when rows
// were made.
func (s *Store) order(field string, by sorting) (string, error) {
	if field == "" {
		field = "dateCreated"
	}
	col, ok := by[field]
	if !ok {
		for name, c := range by { // clients write DateCreated too
			if strings.EqualFold(name, field) {
				col, ok = c, true
			}
		}
	}
	if !ok {
		return "", invalid("sortField", "%.64q can't be sorted by; there are %s", field, by.names())
	}
	order := col.of
	if order == "" {
		order = "?TableAlias." + col.name
	}
	if col.text {
		order = "lower(" + order + ")" + s.sort
	}
	return order, nil
}
