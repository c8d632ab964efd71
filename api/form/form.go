// Package form is how requests and answers look: it writes DTOs as JSON, XML,
// CSV, JSV and JSONL, and fills them from path, query, forms and bodies.
//
// A DTO is a plain struct whose field names are the contract's member names. A
// Codec learns the shapes of all DTOs once; from then on a Format writes any of
// them, and Bind fills one from a request. What is read is bounded in every
// format: length, depth, and number of values. What can't be read is an *Error,
// which names the member.
//
// The forms are ServiceStack's: camelCase JSON without nulls, XML as .NET's
// DataContractSerializer writes it, CSV of a list's items, JSV. Nothing in here
// knows an operation, a login or the store.
package form

import (
	"iter"
	"maps"
	"reflect"
)

// Codec writes and fills DTOs. It knows the shapes of all types that it was
// made for and never changes.
type Codec struct{ shapes map[reflect.Type]*Shape }

// NewCodec knows these types and all that they are made of.
func NewCodec(types ...reflect.Type) *Codec {
	c := &Codec{shapes: map[reflect.Type]*Shape{}}
	for _, t := range types {
		c.learn(t)
	}
	return c
}

// Shape of a DTO; nil: t is none.
func (c *Codec) Shape(t reflect.Type) *Shape { return c.shapes[t] }

// Shapes are all that it knows, in no order.
func (c *Codec) Shapes() iter.Seq2[reflect.Type, *Shape] { return maps.All(c.shapes) }
