package form

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
func parseXML(body []byte) (Node, error) {
	dec := xml.NewDecoder(strings.NewReader(string(body)))
	// What .NET writes into a string says utf-16, and is sent as UTF-8.
	dec.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		if !utf8.Valid(body) {
			return nil, fmt.Errorf("it is said to be %.32q, and isn't UTF-8", charset)
		}
		return r, nil
	}
	root := Node{}
	stack := []*Node{&root}
	texts := [maxDepth + 2]strings.Builder{} // of the nodes in the stack
	count := 0
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Node{}, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.Directive:
			return Node{}, errors.New("a document type is not taken")
		case xml.StartElement:
			if len(stack) > maxDepth {
				return Node{}, errTooDeep
			}
			if count++; count > maxValues {
				return Node{}, errTooMany
			}
			kid := Node{Name: t.Name.Local}
			for _, a := range t.Attr {
				if a.Name.Space == xmlInstance && a.Name.Local == "nil" && (a.Value == "true" || a.Value == "1") {
					kid.null = true
				}
			}
			top.Kids = append(top.Kids, kid)
			stack = append(stack, &top.Kids[len(top.Kids)-1])
		case xml.EndElement:
			text := &texts[len(stack)-1]
			top.Text = text.String()
			text.Reset()
			stack = stack[:len(stack)-1]
		case xml.CharData:
			texts[len(stack)-1].Write(t) // a Builder doesn't fail
		}
	}
	if len(root.Kids) != 1 {
		return Node{}, errors.New("not one XML element")
	}
	return root.Kids[0], nil
}
