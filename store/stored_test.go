package store

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/sip"
)

// TestStoredForms reads what stands as JSON in the databases that are out there:
// a member that gets another name in Go must be read under its old one too.
func TestStoredForms(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)
	yes, n, s := true, 1.5, "x"
	for what, c := range map[string]struct {
		v    any
		want string
	}{
		"settings": {
			&endpoints.Settings{
				AccountID: "a", DefaultCountry: "US", TimeZoneID: "UTC", Voice: "v", CallerID: "+18005550100", AllowedCountries: []string{"DE"},
				MaxCallsPerUser: 2, MaxCallsPerMinute: 6, MaxSteps: 10000, MaxStepsNoWait: 1000, MaxCallDuration: 4 * time.Hour,
			},
			`{"AccountID":"a","DefaultCountry":"US","TimeZoneID":"UTC","Voice":"v","CallerID":"+18005550100","AllowedCountries":["DE"],"MaxCallsPerUser":2,"MaxCallsPerMinute":6,"MaxSteps":10000,"MaxStepsNoWait":1000,"MaxCallDuration":14400000000000}`,
		},
		"trunk": {
			&endpoints.Trunk{
				Host: "h", Port: 5060, Transport: "udp", UserName: "u", Register: true, AllowedIPs: []string{"192.0.2.7"}, Priority: 1, Prefixes: []string{"+1"},
				CallerIDFormat: "E164", AllowOriginalCallerID: true, MaxCalls: 3, Codecs: []string{"PCMU"},
			},
			`{"Host":"h","Port":5060,"Transport":"udp","UserName":"u","Password":"","Register":true,"AllowedIPs":["192.0.2.7"],"Priority":1,"Prefixes":["+1"],"CallerIDFormat":"E164","AllowOriginalCallerID":true,"MaxCalls":3,"Codecs":["PCMU"]}`,
		},
		"secrets": {&secrets{HA1MD5: "a", HA1SHA256: "b", Password: "c"}, `{"md5":"a","sha256":"b","password":"c"}`},
		"values": {
			map[string]endpoints.Value{"b": {Bool: &yes}, "l": {List: []map[string]endpoints.Value{{"n": {Number: &n}}}}, "s": {Struct: map[string]endpoints.Value{"t": {String: &s}}}},
			`{"b":{"boolValue":true},"l":{"listValue":[{"n":{"numberValue":1.5}}]},"s":{"structValue":{"t":{"stringValue":"x"}}}}`,
		},
		"binding": {
			sip.Binding{User: "alice", Contact: "sip:a@h", Source: netip.MustParseAddrPort("192.0.2.7:5060"), Transport: "UDP", Path: []string{"<sip:p;lr>"}, CallID: "c", CSeq: 7, Q: 0.5, UserAgent: "p", Expires: at, LastSeen: at, Offline: true},
			`{"User":"alice","Contact":"sip:a@h","Source":"192.0.2.7:5060","Transport":"UDP","Path":["\u003csip:p;lr\u003e"],"CallID":"c","CSeq":7,"Q":0.5,"UserAgent":"p","Expires":"2026-11-21T12:00:00.123456Z","LastSeen":"2026-11-21T12:00:00.123456Z","Offline":true}`,
		},
		"quality": {
			&session.Quality{PacketsIn: 1, PacketsOut: 2, Lost: 3, LossPercent: 4, JitterMs: 5, RemoteLossPercent: 6, RoundTripMs: 7, MOS: 4.5, ConcealedMs: 8},
			`{"PacketsIn":1,"PacketsOut":2,"Lost":3,"LossPercent":4,"JitterMs":5,"RemoteLossPercent":6,"RoundTripMs":7,"MOS":4.5,"ConcealedMs":8}`,
		},
		"roles": {[]endpoints.Role{endpoints.Manager, endpoints.UserRole}, `["Manager","User"]`},
	} {
		got := reflect.New(reflect.TypeOf(c.v))
		if err := fromText(what, c.want, got.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), c.v) {
			t.Errorf("what stands in databases as\n%s\nis read as %+v, %v", c.want, got.Elem(), err)
		}
	}
}
