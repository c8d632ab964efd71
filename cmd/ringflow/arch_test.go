package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// doors is the house's import table: which rooms a room may import. Everything
// not named is closed; the reason is what a reader gets when it is tried.
var doors = map[string]struct {
	may []string
	why string
}{
	"config":                        {nil, "configuration belongs to the binary; packages take what they need as fields"},
	"sip":                           {nil, "dialogs know neither audio nor flows: session joins them"},
	"media":                         {nil, "audio knows neither SIP nor flows: session joins them"},
	"media/speech":                  {[]string{"media"}, "speech makes clips, nothing else"},
	"endpoints":                     {nil, "the nouns are the centre: adapters import them, never the other way"},
	"endpoints/outbox":              {[]string{"endpoints"}, "it tries messages of all channels, and is none"},
	"endpoints/email":               {[]string{"endpoints"}, "a channel makes a mail of a message and knows nobody else's"},
	"endpoints/webhook":             {[]string{"endpoints"}, "a channel posts an event and knows nobody else's"},
	"endpoints/email/smtptest":      {nil, "a mail server for tests"},
	"endpoints/service":             {[]string{"endpoints"}, "what the adapters of chat services have in common is no service itself"},
	"endpoints/service/servicetest": {[]string{"endpoints"}, "an inbox and bots for the tests of adapters"},
	"endpoints/slack":               {[]string{"endpoints", "endpoints/service"}, "a channel makes messages of events and knows neither flows nor chats"},
	"endpoints/slack/slacktest":     {nil, "a workspace for tests"},
	"endpoints/bot":                 {[]string{"endpoints", "endpoints/service"}, "a channel makes messages of activities and knows neither flows nor chats"},
	"endpoints/bot/bottest":         {nil, "the Bot Framework for tests"},
	"endpoints/sms":                 {[]string{"endpoints"}, "texts and how they are written and joined; a carrier is a room of its own"},
	"endpoints/sms/smpp":            {[]string{"endpoints", "endpoints/sms"}, "a carrier of texts knows neither flows nor chats"},
	"endpoints/sms/twilio":          {[]string{"endpoints", "endpoints/sms"}, "a carrier takes texts from the desk and brings them there"},
	"endpoints/sms/hook":            {[]string{"endpoints", "endpoints/sms"}, "a carrier takes texts from the desk and brings them there"},
	"endpoints/sms/smpptest":        {[]string{"endpoints/sms/smpp"}, "a message centre for tests, which has the units of the protocol in common with the client"},
	"endpoints/sms/smstest":         {[]string{"endpoints", "endpoints/sms"}, "a number for the tests of carriers"},
	"flow":                          {nil, "a flow asks for what it needs through its Execution"},
	"flow/nodes":                    {[]string{"flow"}, "a node is plain Go over its Execution"},
	"flow/fetch":                    {[]string{"flow"}, "the HTTP of flows: it sends what a node asks for, and knows nothing of calls"},
	"flow/virtual":                  {nil, "time that passes only where somebody waits"},
	"flow/explore":                  {[]string{"flow", "flow/virtual"}, "it looks at any flow from outside: its line is its own"},
	"flow/flowtest":                 {[]string{"flow", "flow/nodes", "flow/virtual", "endpoints"}, "a story runs the real nodes on a simulated line, and reads numbers as the server does"},
	"session":                       {[]string{"sip", "media", "media/speech", "flow", "flow/fetch", "flow/nodes", "endpoints", "endpoints/sms"}, "session is below the store and the API: it states the interfaces that it needs"},
	"store":                         {[]string{"endpoints", "flow", "session", "sip"}, "the store keeps the types of others and runs nothing"},
	"store/blob":                    {nil, "a blob is bytes under an id"},
	"store/migrations":              {nil, "migrations are SQL"},
	"store/storetest":               {[]string{"store", "endpoints", "flow", "session", "sip"}, "the contract of the store"},
	"api":                           {[]string{"session", "endpoints", "flow", "flow/explore", "flow/flowtest", "store", "store/blob", "api/form", "api/report"}, "HTTP is an adapter: it never touches a dialog or a port; stories and explorations run by themselves"},
	"api/form":                      {[]string{"endpoints"}, "how requests and answers look: it knows values, and neither operations nor logins"},
	"api/report":                    {[]string{"session", "endpoints", "store", "store/blob"}, "it makes spreadsheets of what is kept, and answers nobody"},
	"api/apitest":                   {nil, "the public client knows the contract, and nothing of this server"},
	"cmd/ringflow":                  {[]string{"*"}, ""},
	"cmd/ringflow-bench":            {[]string{"*"}, ""},
}

// outside says which rooms may import a library.
var outside = map[string][]string{
	"github.com/emiago/sipgo":     {"sip"},
	"github.com/icholy/digest":    {"sip"},
	"github.com/pion/":            {"media"},
	"github.com/zaf/g711":         {"media"},
	"github.com/uptrace/bun":      {"store"},
	"github.com/wneessen/go-mail": {"endpoints/email"},
	"github.com/coder/websocket":  {"api", "endpoints/slack", "endpoints/slack/slacktest"},
	"github.com/slack-go/slack":   {"endpoints/slack"},
	"github.com/coreos/go-oidc":   {"endpoints/bot"},
	"golang.org/x/oauth2":         {"endpoints/bot"},
	"github.com/go-jose/go-jose":  {"endpoints/bot", "endpoints/bot/bottest"},
	"github.com/xuri/excelize":    {"api/report"},
	"github.com/pressly/goose":    {"store", "store/migrations"},
	"modernc.org/sqlite":          {"store"},
	"github.com/jackc/pgx":        {"store"},
	"net/http":                    {"api", "api/apitest", "api/form", "cmd/ringflow", "cmd/ringflow-bench", "endpoints/webhook", "endpoints/service", "endpoints/slack", "endpoints/slack/slacktest", "endpoints/sms", "endpoints/sms/twilio", "endpoints/sms/hook", "endpoints/sms/smstest", "endpoints/bot", "endpoints/bot/bottest", "flow/fetch", "flow/nodes", "session", "media/speech", "sip"}, // flow/nodes: the names of status codes
}

type listed struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "ringflow/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestDoors(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "ringflow/")
		door, known := doors[room]
		if !known {
			t.Errorf("%s is a room that the import table does not know: argue for it in the table", room)
			continue
		}
		for _, path := range p.Imports {
			if other, ours := strings.CutPrefix(path, "ringflow/"); ours {
				if !slices.Contains(door.may, "*") && !slices.Contains(door.may, other) {
					t.Errorf("%s imports %s: %s", room, other, door.why)
				}
				continue
			}
			for lib, rooms := range outside {
				if strings.HasPrefix(path, lib) && !slices.Contains(rooms, room) {
					t.Errorf("%s imports %s, which only %v may", room, path, rooms)
				}
			}
		}
	}
}

// Only nodes register themselves: anything else that runs before main hides
// state from tests.
func TestNoInit(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath == "ringflow/flow/nodes" {
			continue
		}
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s/%s has an init function", p.ImportPath, file)
				}
			}
		}
	}
}

// A file that nears 500 lines is two files.
func TestFilesAreShort(t *testing.T) {
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			b, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(b), "\n"); n > 500 {
				t.Errorf("%s/%s has %d lines", p.ImportPath, file, n)
			}
		}
	}
}
