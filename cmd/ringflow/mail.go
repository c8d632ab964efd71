package main

import (
	"context"
	"time"

	"go.uber.org/zap"

	"ringflow/api"
	"ringflow/endpoints"
	"ringflow/endpoints/outbox"
	"ringflow/endpoints/webhook"
	"ringflow/flow/fetch"
	"ringflow/session"
)

// openOutbox makes the outbox: from then on messages can be put into it. Recordings
// that the last life left unfinished are told of before anything is sent. Without
// mail set up there is no mailer.
func (s *server) openOutbox() session.Mailer {
	s.outbox = &outbox.Worker{Store: s.store, Log: s.log.Named("outbox"), Senders: map[endpoints.Channel]outbox.Sender{
		endpoints.Webhooks: &webhook.Sender{Hooks: s.store, Transport: fetch.Transport(s.Config.Flow.HTTPAllow), UserAgent: "Ringflow/" + version()},
	}}
	s.sends(endpoints.Email, s.mailSender()) // an e-mail account may have a server where we have none
	if s.Config.Mail.SMTP == "" {
		return nil
	}
	s.mail = mailer{s.outbox}
	return s.mail
}

// startMail has the outbox end after the calls: what a call's end puts into it is kept in
// any case, and sent by the next life at the latest.
func (s *server) startMail(context.Context) error {
	s.store.OnOutbox(s.outbox.Wake)
	s.closeLater(func() {
		if s.sending {
			s.outbox.Close()
		}
	})
	return nil
}

// startOutbox begins to send what waits in the outbox, once all channels are there.
func (s *server) startOutbox(ctx context.Context) error {
	s.outbox.Start(ctx)
	s.sending = true
	return nil
}

// mailer is the outbox in the words of session, which knows no channels.
type mailer struct{ *outbox.Worker }

// Mail implements session.Mailer.
func (m mailer) Mail(ctx context.Context, mail session.Mail) error {
	body := endpoints.Mail{Text: mail.Text}
	for _, f := range mail.Attach {
		body.Attach = append(body.Attach, endpoints.MailFile{FileID: f.FileID, Name: f.Name, ContentType: f.ContentType, MP3: f.MP3})
	}
	out, err := endpoints.NewMail(mail.AccountID, mail.Key, mail.To, mail.Subject, body)
	if err != nil {
		return err
	}
	return m.Put(ctx, out)
}

var _ session.Mailer = mailer{}

// outboxSamples are asked of the store, so they count what other servers on it
// have put, too; of a store that is away nothing is told.
func (s *server) outboxSamples() []api.Sample {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	waiting, err := s.store.CountOutbound(ctx)
	var out []api.Sample
	if err != nil {
		s.log.Debug("the outbox can't be counted", zap.Error(err))
	} else {
		for channel := range s.outbox.Senders { // told also where nothing waits
			waiting[channel] += 0
		}
		for channel, n := range waiting {
			out = append(out, api.Sample{Name: "ringflow_outbox_queued", Help: "Messages that wait to be sent, or are being sent.", Labels: map[string]string{"channel": string(channel)}, Value: float64(n)})
		}
	}
	st := s.outbox.Stats()
	return append(out,
		api.Sample{Name: "ringflow_outbox_sent_total", Help: "Messages sent by this server.", Total: true, Value: float64(st.Sent)},
		api.Sample{Name: "ringflow_outbox_retried_total", Help: "Tries that came to nothing, and are made again.", Total: true, Value: float64(st.Retried)},
		api.Sample{Name: "ringflow_outbox_failed_total", Help: "Messages given up.", Total: true, Value: float64(st.Failed)},
	)
}
