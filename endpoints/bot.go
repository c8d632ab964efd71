package endpoints

// Bot is what a SlackBot or SkypeBot endpoint has beside what all have: how it
// proves to the other side who it is, and the other side to it.
type Bot struct {
	AppID         string `json:"appId"`
	Token         string `json:"-"` // Slack's bot token, or Skype's application password; sealed at rest, never shown
	SigningSecret string `json:"-"` // Slack's, by which its requests are known; likewise
}

// longest token or secret of a bot.
const maxToken = 4 << 10

// validate tells what of b can't be kept.
func (b *Bot) validate(kind Kind) error {
	if err := text("appId", &b.AppID, kind == SkypeBot); err != nil {
		return err
	}
	token := "botToken"
	if kind == SkypeBot {
		token = "appPassword"
	}
	if b.Token == "" {
		return invalid(token, "is missing")
	}
	if kind == SkypeBot && b.SigningSecret != "" {
		return invalid("signingSecret", "is of Slack bots only")
	}
	for _, s := range []struct{ field, value string }{{token, b.Token}, {"signingSecret", b.SigningSecret}} {
		if len(s.value) > maxToken {
			return invalid(s.field, "has %d bytes; %d are allowed", len(s.value), maxToken)
		}
		for _, r := range s.value {
			if r <= ' ' || r == 0x7f {
				return invalid(s.field, "has a blank or a control character")
			}
		}
	}
	return nil
}
