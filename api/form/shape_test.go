package form

import "testing"

// Acronyms at the front are one word.
func TestCamel(t *testing.T) {
	for name, want := range map[string]string{
		"FlowId": "flowId", "IsBYOA": "isBYOA", "AIMinutes": "aiMinutes", "AITranscription": "aiTranscription",
		"UI": "ui", "UIHint": "uiHint", "UITab": "uiTab", "Id": "id", "A": "a", "CallSid": "callSid",
	} {
		if got := camel(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
