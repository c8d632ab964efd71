package api

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// parseXML reads a DTO in any order and any namespace. A DTD is refused, and
// with it every entity but XML's own five.
func parseXML(body []byte) (node, error) {
	dec := xml.NewDecoder(strings.NewReader(string(body)))
	// What .NET writes into a string says utf-16, and is sent as UTF-8.
	dec.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		if !utf8.Valid(body) {
			return nil, fmt.Errorf("it is said to be %.32q, and isn't UTF-8", charset)
		}
		return r, nil
	}
	root := node{}
	stack := []*node{&root}
	texts := [maxDepth + 2]strings.Builder{} // of the nodes in the stack
	count := 0
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return node{}, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.Directive:
			return node{}, errors.New("a document type is not taken")
		case xml.StartElement:
			if len(stack) > maxDepth {
				return node{}, errTooDeep
			}
			if count++; count > maxValues {
				return node{}, errTooMany
			}
			kid := node{name: t.Name.Local}
			for _, a := range t.Attr {
				if a.Name.Space == xmlInstance && a.Name.Local == "nil" && (a.Value == "true" || a.Value == "1") {
					kid.null = true
				}
			}
			top.kids = append(top.kids, kid)
			stack = append(stack, &top.kids[len(top.kids)-1])
		case xml.EndElement:
			text := &texts[len(stack)-1]
			top.text = text.String()
			text.Reset()
			stack = stack[:len(stack)-1]
		case xml.CharData:
			texts[len(stack)-1].Write(t) // a Builder doesn't fail
		}
	}
	if len(root.kids) != 1 {
		return node{}, errors.New("not one XML element")
	}
	return root.kids[0], nil
}
