package form

import (
	"bytes"
	"encoding/json"
	"strings"
)

// parseJSON checks a whole body and its depth. What it is made of stays as it
// came until somebody wants it.
func parseJSON(body []byte) (Node, error) {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return Node{}, errTooDeep
			}
		case '}', ']':
			depth--
		case '"':
			i = jsonString(body, i) - 1
		}
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		return Node{}, err
	}
	return Node{raw: body}, nil
}

// jsonString is where a string that begins at i ends.
func jsonString(s []byte, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// jsonValue is where a value that begins at i ends. s is valid JSON.
func jsonValue(s []byte, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = jsonString(s, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// expand fills text or kids from raw, one level.
func (n *Node) expand() error {
	if n.raw == nil {
		return nil
	}
	raw := bytes.TrimSpace(n.raw)
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '{', '[':
		return n.split(raw)
	case '"':
		return json.Unmarshal(raw, &n.Text)
	}
	n.Text = string(raw)
	return nil
}

// split makes kids of the members of an object, or of the items of a list.
func (n *Node) split(raw []byte) error {
	space := func(i int) int {
		for i < len(raw) && strings.IndexByte(" \t\r\n", raw[i]) >= 0 {
			i++
		}
		return i
	}
	for i := space(1); i < len(raw)-1; i = space(i + 1) { // over a comma
		kid := Node{}
		if raw[0] == '{' {
			end := jsonString(raw, i)
			if err := json.Unmarshal(raw[i:end], &kid.Name); err != nil {
				return err
			}
			i = space(space(end) + 1) // over the colon
		}
		end := jsonValue(raw, i)
		kid.raw = bytes.TrimSpace(raw[i:end:end])
		if n.Kids = append(n.Kids, kid); len(n.Kids) > maxValues {
			return errTooMany
		}
		i = end
	}
	return nil
}
