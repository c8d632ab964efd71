package endpoints

import (
	"bytes"
	"encoding/json"
)

// maxKept bounds each JSON object that is kept for clients: what they show and
// bill is theirs, and none of our rules.
const maxKept = 64 << 10

// maxKeptDeep bounds how deep such an object nests.
const maxKeptDeep = 32

// keep checks an object that is kept as a client gave it; null and {} are none.
func keep(field string, raw *json.RawMessage) error {
	text := bytes.TrimSpace(*raw)
	if len(text) == 0 || string(text) == "null" {
		*raw = nil
		return nil
	}
	if len(text) > maxKept {
		return invalid(field, "has %d bytes; %d are allowed", len(text), maxKept)
	}
	if text[0] != '{' || !json.Valid(text) {
		return invalid(field, "isn't a JSON object")
	}
	deep, most, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			deep++
			most = max(most, deep)
		case c == '}' || c == ']':
			deep--
		}
	}
	if most > maxKeptDeep {
		return invalid(field, "nests deeper than %d", maxKeptDeep)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		return invalid(field, "isn't a JSON object")
	}
	if *raw = b.Bytes(); b.String() == "{}" {
		*raw = nil
	}
	return nil
}
