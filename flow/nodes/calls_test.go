package nodes

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ringflow/flow"
)

// calls names, for each node that needs a caller, the tests in which it runs on a
// real call: SIP and RTP on our own stack, over a network in memory in session,
// over UDP on the running server in cmd/ringflow.
var calls = map[string][]string{
	"AgentsAvailableNode": {"session TestAgentsByFlow"},
	"AnswerNode":          {"session TestHold"},
	"CollectDigitsNode":   {"session TestDigitsByInfo", "session TestSecretDigitsAreInNoRecording"},
	"ConferenceNode":      {"session TestConferenceAdmission", "session TestConferenceOfTen", "cmd/ringflow TestConferenceOfTenPhones"},
	"DetectMachineNode":   {"session TestDetectMachine"},
	"DialNode":            {"session TestDialResults", "session TestMenuRingsAliceAndTheyTalk", "cmd/ringflow TestFarEndsAnswers"},
	"HangupNode":          {"session TestHangupNode"},
	"MenuNode":            {"session TestMenuRingsAliceAndTheyTalk", "session TestMenuUnderstandsSpeech", "cmd/ringflow TestDigitByInfo"},
	"ParkNode":            {"session TestParkAndRetrieve", "session TestParkComesBack", "cmd/ringflow TestParkAndRetrieveByPhones"},
	"PauseRecordingNode":  {"session TestPauseAndStop"},
	"PickupNode":          {"session TestPickupNode"},
	"PlayNode":            {"session TestPlay"},
	"QueueNode":           {"session TestQueue", "session TestQueueWaysOut", "session TestQueueKilled"},
	"RecordNode":          {"session TestRecord", "session TestNothingRecorded", "cmd/ringflow TestCallerHangsUpAtEachNode"},
	"RejectNode":          {"session TestRefused", "cmd/ringflow TestRefusals"},
	"ResumeRecordingNode": {"session TestPauseAndStop"},
	"RetrieveNode":        {"session TestParkAndRetrieve", "session TestTwoRetrieveAtOnce", "cmd/ringflow TestParkAndRetrieveByPhones"},
	"SayNode":             {"session TestEngineGivesWay", "cmd/ringflow TestScenarios"},
	"SendDigitsNode":      {"session TestSendDigits"},
	"SetAgentStateNode":   {"session TestAgentsByFlow"},
	"SetMusicOnHoldNode":  {"session TestMusicWhileTheWebIsAsked", "session TestHoldWithMusic"},
	"StartRecordingNode":  {"session TestRecordingOfTheWholeCall", "session TestRecordingSurvivesTheServer"},
	"StopRecordingNode":   {"session TestPauseAndStop"},
	"TransferNode":        {"session TestTransferNodeBridges", "session TestTransferNodeRefers", "session TestTransferNodeFails"},
	"VoicemailNode":       {"session TestMessage", "session TestMessageSurvivesAKill", "cmd/ringflow TestMessageWaiting"},
	"VoicemailMenuNode":   {"session TestListening", "session TestPIN", "session TestOwnGreeting"},
}

// chats names, for each node that has to do with messages, the tests in which it runs on
// a real chat: the runner and the store, on the house of session.
var chats = map[string][]string{
	"ChatEventsNode":    {"session TestChatNodes"},
	"ChatNode":          {"session TestChatNodes"},
	"CollectDigitsNode": {"session TestChatNodes"},
	"MenuNode":          {"session TestChatNodes"},
	"SayNode":           {"session TestChat", "session TestChatGoesOnAfterARestart"},
	"SendEmailNode":     {"session TestChatNodes"},
	"SendMessageNode":   {"session TestChatNodes"},
	"WaitForReplyNode":  {"session TestChat", "session TestChatGoesOnAfterARestart"},
	"WaitNode":          {"session TestChatNodes"},
}

// called are the categories all of whose nodes have to run on a real call.
var called = []flow.Category{flow.VoiceNodes, flow.AudioNodes, flow.CallCentreNodes}

// TestRealCalls: each node that needs a caller is named here with tests that
// there are, and that have the node in a flow of theirs.
func TestRealCalls(t *testing.T) {
	types := map[string]bool{}
	for _, n := range flow.Available() {
		types[n.TypeName] = true
		if slices.Contains(called, n.Category) && len(calls[n.TypeName]) == 0 {
			t.Errorf("no test runs %s on a real call", n.TypeName)
		}
		if writes := len(n.Channels) < 3 && slices.Contains(n.Channels, flow.Chat); (writes || n.Category == flow.Messaging) && len(chats[n.TypeName]) == 0 {
			t.Errorf("no test runs %s on a real chat", n.TypeName)
		}
	}
	packages := map[string]suite{}
	all := maps.Clone(calls)
	for typeName, tests := range chats {
		all[typeName] = slices.Concat(all[typeName], tests)
	}
	for typeName, tests := range all {
		if !types[typeName] {
			t.Errorf("there is no node %s", typeName)
		}
		for _, test := range tests {
			dir, name, _ := strings.Cut(test, " ")
			if packages[dir] == nil {
				packages[dir] = declared(t, "../../"+dir)
			}
			switch fs := packages[dir]; {
			case !strings.HasPrefix(name, "Test") || fs[name] == nil:
				t.Errorf("%s: %s has no test %s", typeName, dir, name)
			case !fs.mentions(name, typeName, map[string]bool{}):
				t.Errorf("%s: %s of %s has no such node in a flow", typeName, name, dir)
			}
		}
	}
}

// suite are the functions and variables of a package's tests, by their names;
// methods of one name are one.
type suite map[string][]ast.Node

func declared(t *testing.T, dir string) suite {
	files, err := filepath.Glob(dir + "/*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	all := suite{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				all[d.Name.Name] = append(all[d.Name.Name], d.Body)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok {
						all[v.Names[0].Name] = append(all[v.Names[0].Name], v)
					}
				}
			}
		}
	}
	return all
}

// mentions tells whether a function, or one that it calls, has a flow with the
// node: written there, or a worked flow's that it names.
func (s suite) mentions(name, typeName string, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	found := false
	for _, f := range s[name] {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				found = found || s.mentions(n.Name, typeName, seen)
			case *ast.BasicLit:
				text, err := strconv.Unquote(n.Value)
				found = found || err == nil && (text == typeName || worked(text, typeName))
			}
			return !found
		})
	}
	return found
}

// worked tells whether there is a worked flow of that name, with the node.
func worked(name, typeName string) bool {
	if name == "" || strings.ContainsAny(name, "/. *") {
		return false
	}
	raw, err := os.ReadFile("../../testdata/flows/scenarios/" + name + ".json")
	return err == nil && strings.Contains(string(raw), strconv.Quote(typeName))
}

// realCalls is the table of docs/nodes.md with the tests of calls.
func realCalls() string {
	var b strings.Builder
	b.WriteString("\n## Real calls\n\nWhich tests run each node that needs a caller on a real call, SIP and RTP: those of `session` over a network in memory, those of `cmd/ringflow` over UDP on the running server.\n\n" +
		"| Node | Tests |\n|---|---|\n")
	for _, n := range flow.Available() {
		if tests := calls[n.TypeName]; len(tests) > 0 {
			b.WriteString("| " + n.Name + " | `" + strings.Join(tests, "`, `") + "` |\n")
		}
	}
	b.WriteString("\n## Real chats\n\nWhich tests run each node that has to do with messages on a real chat, with the store.\n\n| Node | Tests |\n|---|---|\n")
	for _, n := range flow.Available() {
		if tests := chats[n.TypeName]; len(tests) > 0 {
			b.WriteString("| " + n.Name + " | `" + strings.Join(tests, "`, `") + "` |\n")
		}
	}
	return b.String()
}
