package flow

import (
	"encoding/json"
	"strconv"
)

// MarshalJSON writes v as plain JSON: a string, number, boolean, array, object or null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case TextKind:
		return json.Marshal(v.text)
	case NumberKind:
		return json.Marshal(v.num)
	case BoolKind:
		return strconv.AppendBool(nil, v.num != 0), nil
	case ListKind:
		if v.list == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.list)
	case StructKind:
		if v.fields == nil {
			return []byte("{}"), nil
		}
		return json.Marshal(v.fields)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(b []byte) error {
	var a any
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	*v = ValueOf(a)
	return nil
}
