package api

import (
	"cmp"
	"time"

	"ringflow/endpoints"
)

// Link is how something is doing by which this server's messages come or go. Of what hasn't been
// tried since the server started there is none.
type Link struct {
	_         struct{} `ns:"Voice.Api.Endpoints"`
	Kind      LinkKinds
	State     LinkStates
	Since     time.Time // of this state
	Server    string    // host:port
	LastError string    // why it is down, or was before
}

// LinkKinds are Smpp (a link to a message centre), Imap (a mailbox, as of the last look), Smtp (the server that an e-mail
// account sends by, as of the last mail), SmtpListener (this server's own) and SocketMode (Slack).
type LinkKinds string

func (LinkKinds) Members() []string { return names(endpoints.LinkKinds) }

// LinkStates are whether it works.
type LinkStates string

func (LinkStates) Members() []string { return []string{"Up", "Down"} }

func (s *Server) linksOf(of ...string) []endpoints.Link {
	if s.Links == nil {
		return nil
	}
	return s.Links(of...)
}

// endpointLinks are those of an endpoint: a number that texts as a trunk does has the trunk's, an e-mail address those of
// the e-mail account with this address, and the server's listener.
func (s *Server) endpointLinks(e *endpoints.Endpoint) []endpoints.Link {
	switch {
	case e.Texts != nil:
		return s.linksOf(cmp.Or(e.Texts.TrunkID, e.ID))
	case e.Kind == endpoints.EmailAddress:
		all := s.linksOf(endpoints.MailLinkOf(e.AccountID, e.EmailAddress))
		for _, l := range s.linksOf(endpoints.ServerMail) {
			if l.Kind == endpoints.LinkListener {
				all = append(all, l)
			}
		}
		return all
	case e.Kind == endpoints.SlackBot:
		return s.linksOf(e.ID)
	}
	return nil
}

func linkInfos(all []endpoints.Link) (out []Link) {
	for _, l := range all {
		state := LinkStates("Down")
		if l.Up {
			state = "Up"
		}
		out = append(out, Link{Kind: LinkKinds(l.Kind), State: state, Since: l.Since.UTC(), Server: l.Server, LastError: l.LastError})
	}
	return out
}
