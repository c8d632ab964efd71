package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"text/tabwriter"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/store"
)

const (
	demoNumber  = "+18005550100"
	demoCarrier = "127.0.0.2" // its calls come from there, ours go there
)

//go:embed demo/front-door.json
var frontDoor []byte

//go:embed demo/desk-phone.json
var deskPhone []byte

// startDemo adds the demo to the account, or what is missing of it, and leaves
// what people have changed.
func (s *server) startDemo(ctx context.Context) error {
	if !s.Config.Demo {
		return nil
	}
	if err := s.addDemo(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return s.calls.Reload(ctx)
}

func (s *server) addDemo(ctx context.Context) error {
	accounts, _, err := s.store.Accounts(ctx, endpoints.AccountFilter{List: endpoints.List{All: true}})
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		return errors.New("the store has no account")
	}
	account := accounts[0].ID
	var d demoPhones
	if err := readPrivate(demoFile(s.Config.Data), &d); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if d.Phones == nil {
		d.Phones = map[string]string{}
	}
	d.Number = demoNumber
	if d.Carrier == "" {
		d.Carrier = demoCarrier + ":5060"
	}
	carrier, err := netip.ParseAddrPort(d.Carrier)
	if err != nil {
		return fmt.Errorf("%s: carrier: %w", demoFile(s.Config.Data), err)
	}
	door, err := s.demoFlow(ctx, account, frontDoor)
	if err != nil {
		return err
	}
	desk, err := s.demoFlow(ctx, account, deskPhone)
	if err != nil {
		return err
	}
	if _, err := s.store.EndpointByNumber(ctx, demoNumber); errors.Is(err, fs.ErrNotExist) {
		err = s.store.PutEndpoint(ctx, &endpoints.Endpoint{
			AccountID: account, Kind: endpoints.PhoneNumber, DisplayName: "Demo number", Number: demoNumber, Virtual: true, FlowID: door,
		})
		if err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	for _, name := range []string{"Alice", "Bob"} {
		if err := s.demoUser(ctx, account, desk, name, &d); err != nil {
			return err
		}
	}
	trunks, err := s.store.Trunks(ctx)
	if err != nil {
		return err
	}
	if len(trunks) == 0 {
		err := s.store.PutEndpoint(ctx, &endpoints.Endpoint{
			AccountID: account, Kind: endpoints.SipTrunk, DisplayName: "Demo carrier",
			Trunk: &endpoints.Trunk{
				Host: carrier.Addr().String(), Port: int(carrier.Port()), Transport: "udp", AllowedIPs: []string{demoCarrier}, Priority: 1,
				CallerIDFormat: "E164", Codecs: []string{"PCMU", "PCMA"},
			},
		})
		if err != nil {
			return err
		}
	}
	return writePrivate(demoFile(s.Config.Data), d)
}

// demoFlow is the id of the demo's flow of that name; it is added if there is none.
func (s *server) demoFlow(ctx context.Context, account string, raw []byte) (string, error) {
	var file struct {
		Name, Description        string
		Roles                    []string
		Nodes, Parameters, Exits json.RawMessage
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return "", err
	}
	f := flow.Flow{
		AccountID: account, Name: file.Name, Description: file.Description, Roles: file.Roles,
		Raw: flow.Raw{Nodes: file.Nodes, Parameters: file.Parameters, Exits: file.Exits},
	}
	have, _, err := s.store.Flows(ctx, store.FlowFilter{List: endpoints.List{All: true}, AccountIDs: []string{account}, NameFilter: f.Name})
	if err != nil {
		return "", err
	}
	for _, h := range have {
		if h.Name == f.Name {
			return h.ID, nil
		}
	}
	err = s.store.PutFlow(ctx, &f)
	return f.ID, err
}

// demoUser adds a user, or gives one whose password we lost a new one.
func (s *server) demoUser(ctx context.Context, account, flowID, name string, d *demoPhones) error {
	sipName := strings.ToLower(name)
	u, err := s.store.UserBySipName(ctx, sipName)
	if errors.Is(err, fs.ErrNotExist) {
		u = &endpoints.Endpoint{
			AccountID: account, Kind: endpoints.User, UserMode: endpoints.SipPhone,
			DisplayName: name, FirstName: name, SipUserName: sipName, FlowID: flowID,
		}
	} else if err != nil {
		return err
	}
	if d.Phones[sipName] != "" && u.SipHA1MD5 != "" {
		return nil
	}
	password := endpoints.NewPassword()
	u.SipHA1MD5 = endpoints.HA1MD5(sipName, s.ua.Realm, password)
	u.SipHA1SHA256 = endpoints.HA1SHA256(sipName, s.ua.Realm, password)
	if err := s.store.PutEndpoint(ctx, u); err != nil {
		return err
	}
	d.Phones[sipName] = password
	return nil
}

// announce prints where everything is, and writes it down for the commands.
func (s *server) announce(context.Context) error {
	l := local{API: s.apiAddr, SIP: s.sipAddr[0], Media: reachable(s.Config.Media.Listen).String(), Token: s.token, PID: os.Getpid()}
	if err := writePrivate(localFile(s.Config.Data), l); err != nil {
		return err
	}
	s.closeLater(func() { removeLocal(s.Config.Data, l) })
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Ringflow %s is up.\n", version())
	fmt.Fprintf(w, "  API\t%s\tlogin %s\n", s.apiAddr, s.Config.Admin.Email)
	fmt.Fprintf(w, "  SIP\t%s\n", strings.Join(s.sipAddr, "  "))
	fmt.Fprintf(w, "  Sound\t%s, ports %d-%d\n", s.Config.Media.Listen, s.Config.Media.PortMin, s.Config.Media.PortMax)
	fmt.Fprintf(w, "  Data\t%s\n", s.Config.Data)
	if s.Config.Demo {
		s.announceDemo(w)
	}
	return w.Flush()
}

func (s *server) announceDemo(w *tabwriter.Writer) {
	var d demoPhones
	if err := readPrivate(demoFile(s.Config.Data), &d); err != nil {
		return // startDemo wrote it; without it there is nothing to show
	}
	fmt.Fprintf(w, "\nThe demo's phones, for any SIP phone on this machine (server %s):\n", strings.TrimPrefix(strings.TrimPrefix(s.sipAddr[0], "udp://"), "tcp://"))
	for _, name := range []string{"alice", "bob"} {
		fmt.Fprintf(w, "  user name\t%s\tpassword\t%s\n", name, d.Phones[name])
	}
	fmt.Fprint(w, "\nNow, in another terminal:\n")
	fmt.Fprintf(w, "  ./bin/ringflow call %s --press 4\tcalls the demo's number and hears one's own\n", demoNumber)
	fmt.Fprint(w, "  ./bin/ringflow phone --as alice --answer\tis Alice's phone\n")
	fmt.Fprintf(w, "  ./bin/ringflow call %s --press 1\trings it\n", demoNumber)
	fmt.Fprint(w, "  ./bin/ringflow call 4001 --as alice\tAlice calls Bob\n\n")
}
