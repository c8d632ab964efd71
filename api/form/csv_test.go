package form

import "testing"

// A cell that a spreadsheet would run is text; numbers stay numbers.
func TestCSVFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Ann": "Ann", "a=b": "a=b", "+18005550100": "+18005550100", "-5": "-5", "5": "5",
		"=1+1": "'=1+1", "=1": "'=1", "@SUM(A1)": "'@SUM(A1)", "+1+cmd|' /C calc'!A0": "'+1+cmd|' /C calc'!A0", "-2+3": "'-2+3", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "=": "'=",
	} {
		if got := csvCell(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}
