package endpoints

func StringValue(s string) Value           { return Value{String: &s} }
func NumberValue(n float64) Value          { return Value{Number: &n} }
func BoolValue(b bool) Value               { return Value{Bool: &b} }
func ListValue(l []map[string]Value) Value { return Value{List: l} }
func StructValue(m map[string]Value) Value { return Value{Struct: m} }
