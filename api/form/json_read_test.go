package form

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// Whatever is valid JSON comes apart as encoding/json would take it apart.
func FuzzSplitJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[]`, ` [ 1 , "a,]" , {"b":[{}]} ] `, `{"a\"}":{"b":"\\"},"c" : null ,"d":[1,[2,3]]}`, `"x"`, `1e5`, `{"é":"\u00e9"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := parseJSON(body)
		if err != nil {
			if json.Valid(body) && err != errTooDeep {
				t.Fatalf("%s: %v", body, err)
			}
			return
		}
		if err := n.expand(); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		switch bytes.TrimSpace(body)[0] {
		case '[':
			var want []json.RawMessage
			if err := json.Unmarshal(body, &want); err != nil || len(want) != len(n.Kids) {
				t.Fatalf("%s: %d kids, want %d, %v", body, len(n.Kids), len(want), err)
			}
			for i, kid := range n.Kids {
				if !bytes.Equal(kid.raw, want[i]) {
					t.Fatalf("%s: %s, want %s", body, kid.raw, want[i])
				}
			}
		case '{':
			var want map[string]json.RawMessage
			if err := json.Unmarshal(body, &want); err != nil {
				t.Fatal(err)
			}
			got := map[string]json.RawMessage{}
			for _, kid := range n.Kids {
				got[kid.Name] = kid.raw // the last one counts, as there
			}
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %s, want %s", body, got, want)
			}
		}
	})
}
