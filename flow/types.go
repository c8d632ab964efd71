package flow

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// ValueType is the API's ValueTypes: what a parameter holds.
type ValueType string

const (
	StringType       ValueType = "String"
	BooleanType      ValueType = "Boolean"
	NumberType       ValueType = "Number"
	ListType         ValueType = "List"
	StructType       ValueType = "Struct"
	TransitionType   ValueType = "Transition"
	AudioFileType    ValueType = "AudioFile"
	FileType         ValueType = "File"
	PhoneNumberType  ValueType = "PhoneNumber"
	UserType         ValueType = "User"
	TeamType         ValueType = "Team"
	EndpointType     ValueType = "Endpoint"
	SipTrunkType     ValueType = "SipTrunk"
	EmailAccountType ValueType = "EmailAccount"
	DateType         ValueType = "Date"
	TimeType         ValueType = "Time"
	TimeZoneType     ValueType = "TimeZoneId"
)

// valueTypes are all of them, each at its number in the API's enumeration.
var valueTypes = [...]ValueType{"NotSpecified", "String", "Boolean", "Number", "List", "Struct", "Transition", "Custom",
	"Date", "AudioFile", "TimeZoneId", "PhoneNumber", "User", "Endpoint", "Time", "File", "FaxNumber", "EmailAccount",
	"Customer", "Flow", "Team", "FlowReference", "Integration", "Assistant", "SipTrunk"}

// UnmarshalJSON reads a name or a number of the enumeration; null is the empty type.
func (t *ValueType) UnmarshalJSON(b []byte) error {
	var a any
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	switch a := a.(type) {
	case nil:
		*t = ""
	case string:
		*t = ValueType(a)
	case float64:
		i := int(a)
		if float64(i) != a || i < 0 || i >= len(valueTypes) {
			return fmt.Errorf("type %s is no value type: 0 to %d, or a name", strconv.FormatFloat(a, 'g', -1, 64), len(valueTypes)-1)
		}
		*t = valueTypes[i]
	default:
		return fmt.Errorf("type %s is no value type: a name or a number is asked for", b)
	}
	return nil
}

// Source tells where a parameter's value comes from.
type Source string

const (
	FromValue      Source = "Value" // the default
	FromExpression Source = "Expression"
	FromSession    Source = "Session"
	FromEndpoint   Source = "Endpoint"
	FromCustomer   Source = "Customer"
	FromUser       Source = "User"
	FromSystem     Source = "System"
	FromFlow       Source = "Flow"
)

// Channel is what a session runs on.
type Channel string

const (
	Voice Channel = "Voice"
	Chat  Channel = "Chat"
	Fax   Channel = "Fax"
)

// Category is where a node stands in the palette: the API's FlowNodeCategories.
type Category string

const (
	General      Category = "General"
	VoiceNodes   Category = "Voice"
	Logic        Category = "Logic"
	AudioNodes   Category = "Audio"
	DateAndTime  Category = "DateAndTime"
	Messaging    Category = "Messaging"
	Network      Category = "Network"
	FlowCategory Category = "Flows"
	CookieNodes  Category = "Cookies"

	CallCentreNodes Category = "CallCenter"
)
