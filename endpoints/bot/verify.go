package bot

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"ringflow/endpoints"
)

const (
	// issuer makes the tokens of the framework's channels.
	issuer = "https://api.botframework.com"
	// skew is how far clocks may differ.
	skew     = 5 * time.Minute
	maxToken = 16 << 10
)

// claims are what a token says, and what its key may speak for.
type claims struct {
	Issuer     string   `json:"iss"`
	ServiceURL string   `json:"serviceurl"`
	Expires    *float64 `json:"exp"`
	NotBefore  *float64 `json:"nbf"`
	AppID      string   `json:"appid"` // version 1.0 of Microsoft's tokens
	AZP        string   `json:"azp"`   // version 2.0
	Tenant     string   `json:"tid"`

	endorsed []string
}

// verify tells what the token of a request says, if it is one of the Bot Framework's for this bot.
//
// Beside the framework itself, the bot's own application in its own tenant may speak to it:
// so do the Bot Framework Emulator and other bots of a bot of one tenant.
func (a *Adapter) verify(ctx context.Context, e *endpoints.Endpoint, authorization string) (*claims, error) {
	scheme, raw, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || raw == "" || len(raw) > maxToken {
		return nil, errors.New("there is no token")
	}
	from, err := unverifiedIssuer(raw)
	if err != nil {
		return nil, err
	}
	keysAt, own := a.openID(), false
	if tenant := e.Bot.TenantID; tenant != "" && (from == "https://sts.windows.net/"+tenant+"/" || from == "https://login.microsoftonline.com/"+tenant+"/v2.0") {
		keysAt, own = a.login()+"/"+tenant+"/v2.0/.well-known/openid-configuration", true
	} else if from != issuer {
		return nil, errors.New("the token was made by another")
	}
	set := &keySet{a: a, address: keysAt}
	v := oidc.NewVerifier(from, set, &oidc.Config{ClientID: e.Bot.AppID, SupportedSigningAlgs: []string{oidc.RS256}, SkipExpiryCheck: true})
	token, err := v.Verify(ctx, raw)
	if err != nil {
		if set.failed != nil { // the library keeps only its words
			return nil, set.failed
		}
		return nil, err
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return nil, err
	}
	c.endorsed = set.endorsed
	if own && c.AppID != e.Bot.AppID && c.AZP != e.Bot.AppID {
		return nil, errors.New("the token is another application's")
	}
	if own {
		c.ServiceURL = "" // such tokens speak for no service
	}
	return &c, c.timely(time.Now())
}

// timely tells whether a token counts now; go-oidc gives no skew to exp.
func (c *claims) timely(now time.Time) error {
	if c.Expires == nil || now.After(seconds(*c.Expires).Add(skew)) {
		return errors.New("the token has expired")
	}
	if c.NotBefore != nil && now.Before(seconds(*c.NotBefore).Add(-skew)) {
		return errors.New("the token doesn't count yet")
	}
	return nil
}

func seconds(s float64) time.Time { return time.Unix(int64(min(max(s, 0), 1<<40)), 0) }

// unverifiedIssuer is who the token says has made it, by which the keys are chosen.
func unverifiedIssuer(raw string) (string, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return "", errors.New("the token is none")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", errors.New("the token is none")
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(body, &c) != nil {
		return "", errors.New("the token is none")
	}
	return c.Issuer, nil
}

// keySet is the keys of one issuer, for one token.
type keySet struct {
	a        *Adapter
	address  string
	endorsed []string
	failed   error
}

// VerifySignature implements oidc.KeySet.
func (s *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	if len(jws.Signatures) != 1 {
		return nil, errors.New("the token isn't signed once")
	}
	key, err := s.a.keys.find(ctx, s.a.http(), s.address, jws.Signatures[0].Header.KeyID)
	if err != nil {
		if errors.Is(err, errKeys) {
			s.failed = err
		}
		return nil, err
	}
	s.endorsed = key.endorsed
	return jws.Verify(key.Key)
}

// errForeign tells of a right token with an activity that it doesn't speak for.
var errForeign = errors.New("the token doesn't speak for this activity")

// covers tells whether a token speaks for an activity, and the service may be answered.
func (a *Adapter) covers(c *claims, e *endpoints.Endpoint, act *Activity) error {
	switch {
	case c.Issuer == issuer && c.ServiceURL == "", c.ServiceURL != "" && !sameURL(c.ServiceURL, act.ServiceURL):
		return errForeign
	case len(c.endorsed) > 0 && !slices.Contains(c.endorsed, act.ChannelID):
		return errForeign
	case !a.serves(act.ServiceURL):
		return errors.New("the service is none of the Bot Framework's")
	case act.Recipient != nil && !speaksTo(act.Recipient.ID, e.Bot.AppID):
		return errors.New("the activity is for another bot")
	}
	// Only Teams tells whose directory somebody belongs to; a domain's name can't be compared with it.
	if want := e.Bot.TenantID; want != "" && !strings.Contains(want, ".") {
		if got := act.tenant(); (got != "" || act.ChannelID == "msteams") && !strings.EqualFold(got, want) {
			return errors.New("the activity is of another tenant")
		}
	}
	return nil
}

// speaksTo tells whether a recipient may be the application: Teams writes 28:{appId}; other channels
// have names of their own.
func speaksTo(recipient, appID string) bool {
	id, teams := strings.CutPrefix(recipient, "28:")
	return !teams || strings.EqualFold(id, appID)
}

func sameURL(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/"))
}

// serves tells whether an address is a service that may be answered: what is sent there has a token of
// the bot's with it.
func (a *Adapter) serves(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	host := strings.ToLower(u.Host)
	if (u.Scheme == "https" || u.Scheme == "http") && slices.Contains(a.Services, host) {
		return true
	}
	host = strings.TrimSuffix(host, ":443")
	return u.Scheme == "https" && (host == "smba.trafficmanager.net" || strings.HasSuffix(host, ".botframework.com") || strings.HasSuffix(host, ".skype.com"))
}
