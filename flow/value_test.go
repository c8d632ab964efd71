package flow_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"ringflow/flow"
)

// The table of conversions, row by row.
func TestValueConversions(t *testing.T) {
	list := flow.List(flow.Text("a"), flow.Number(2))
	record := flow.Struct(map[string]flow.Value{"B": flow.Bool(true), "A": flow.Text("x")})
	for _, c := range []struct {
		v      flow.Value
		text   string
		number float64
		isNum  bool
		yes    bool
		items  int
	}{
		{flow.Value{}, "", 0, true, false, 0},
		{flow.Text(""), "", 0, true, false, 1},
		{flow.Text("  12.50 "), "  12.50 ", 12.5, true, false, 1},
		{flow.Text("-3e2"), "-3e2", -300, true, false, 1},
		{flow.Text("0x10"), "0x10", 0, false, false, 1},
		{flow.Text("1_000"), "1_000", 0, false, false, 1},
		{flow.Text("Inf"), "Inf", 0, false, false, 1},
		{flow.Text("twelve"), "twelve", 0, false, false, 1},
		{flow.Text("YES"), "YES", 0, false, true, 1},
		{flow.Text(" True"), " True", 0, false, true, 1},
		{flow.Text("1"), "1", 1, true, true, 1},
		{flow.Text("2"), "2", 2, true, false, 1},
		{flow.Text("no"), "no", 0, false, false, 1},
		{flow.Number(5), "5", 5, true, true, 1},
		{flow.Number(0.10), "0.1", 0.1, true, true, 1},
		{flow.Number(-0.0), "0", 0, true, false, 1},
		{flow.Number(1e15), "1000000000000000", 1e15, true, true, 1},
		{flow.Number(math.Inf(1)), "", 0, true, false, 0},
		{flow.Number(math.NaN()), "", 0, true, false, 0},
		{flow.Bool(true), "true", 1, true, true, 1},
		{flow.Bool(false), "false", 0, true, false, 1},
		{list, `["a",2]`, 2, true, true, 2},
		{flow.List(), "[]", 0, true, false, 0},
		{record, `{"A":"x","B":true}`, 2, true, true, 1},
		{flow.Struct(nil), "{}", 0, true, false, 1},
	} {
		if got := c.v.Text(); got != c.text {
			t.Errorf("%s as text: %q, want %q", c.v.Show(), got, c.text)
		}
		if got, ok := c.v.Number(); ok != c.isNum || ok && got != c.number {
			t.Errorf("%s as number: %v %v, want %v %v", c.v.Show(), got, ok, c.number, c.isNum)
		}
		if got := c.v.Bool(); got != c.yes {
			t.Errorf("%s as yes or no: %v", c.v.Show(), got)
		}
		if got := len(c.v.List()); got != c.items {
			t.Errorf("%s as list: %d items, want %d", c.v.Show(), got, c.items)
		}
	}
}

func TestValueJSON(t *testing.T) {
	v := flow.Struct(map[string]flow.Value{
		"Name": flow.Text("Anna \"A\""), "Age": flow.Number(41.5), "Vip": flow.Bool(false), "None": {},
		"Rows": flow.List(flow.Struct(map[string]flow.Value{"K": flow.Text("v")}), flow.List()),
	})
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Age":41.5,"Name":"Anna \"A\"","None":null,"Rows":[{"K":"v"},[]],"Vip":false}`
	if string(b) != want {
		t.Errorf("written %s, want %s", b, want)
	}
	var back flow.Value
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Text() != v.Text() || back.Field("Age").Kind() != flow.NumberKind {
		t.Errorf("read back %s", back.Show())
	}
}

func TestValueShow(t *testing.T) {
	for _, c := range []struct {
		v    flow.Value
		want string
	}{
		{flow.Text("a\nb"), `"a\nb"`},
		{flow.Text("4711").Secret(), "••••"},
		{flow.List(flow.Text("a"), flow.Text("b").Secret()), "••••"},
		{flow.Struct(map[string]flow.Value{"Key": flow.Text("1"), "Delay": flow.Number(2)}), `{Delay 2, Key "1"}`},
		{flow.Bool(true), "yes"},
		{flow.Value{}, "nothing"},
	} {
		if got := c.v.Show(); got != c.want {
			t.Errorf("shows as %s, want %s", got, c.want)
		}
	}
	if long := flow.Text(string(make([]byte, 5000))).Show(); len(long) > 2000 {
		t.Errorf("a long text shows in %d bytes", len(long))
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 49 * time.Millisecond: "0 s", 1250 * time.Millisecond: "1.3 s", 20 * time.Second: "20 s", 35 * time.Minute: "2,100 s", -1500 * time.Millisecond: "-1.5 s"} {
		if got := flow.Seconds(d); got != want {
			t.Errorf("%s shows as %s, want %s", d, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := flow.Thousands(n); got != want {
			t.Errorf("%d shows as %s, want %s", n, got, want)
		}
	}
}
