package bot

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"ringflow/endpoints"
)

// scope is what a bot may do with its token.
const scope = "https://api.botframework.com/.default"

const maxSources = 10_000

// tokens are the bots' own. Its zero value is ready.
type tokens struct {
	mu      sync.Mutex
	sources map[string]source
}

// source makes the tokens of one bot.
type source struct {
	of   [32]byte // the application and its password, so that a new one counts at once
	from oauth2.TokenSource
}

// token is what the bot proves itself with to the framework's services.
func (a *Adapter) token(ctx context.Context, e *endpoints.Endpoint) (string, error) {
	t, err := a.source(e).Token()
	if err != nil {
		var failed *oauth2.RetrieveError
		var away *url.Error
		switch { // whose own words may hold a secret
		case errors.As(err, &failed) && failed.Response != nil:
			return "", fmt.Errorf("no token for the bot: the login host answered %d %.64s", failed.Response.StatusCode, failed.ErrorCode)
		case errors.As(err, &away):
			err = away.Err
		}
		return "", fmt.Errorf("no token for the bot: %w", err)
	}
	return t.AccessToken, ctx.Err()
}

func (a *Adapter) source(e *endpoints.Endpoint) oauth2.TokenSource {
	tenant := e.Bot.TenantID
	if tenant == "" {
		tenant = "botframework.com"
	}
	of := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", e.Bot.AppID, e.Bot.Token, tenant))
	a.tokens.mu.Lock()
	defer a.tokens.mu.Unlock()
	if s, ok := a.tokens.sources[e.ID]; ok && s.of == of {
		return s.from
	}
	if a.tokens.sources == nil || len(a.tokens.sources) >= maxSources {
		a.tokens.sources = map[string]source{}
	}
	conf := &clientcredentials.Config{
		ClientID: e.Bot.AppID, ClientSecret: e.Bot.Token, TokenURL: a.login() + "/" + tenant + "/oauth2/v2.0/token",
		Scopes: []string{scope}, AuthStyle: oauth2.AuthStyleInParams,
	}
	// The source outlives the request; the client's timeout ends what it asks.
	from := conf.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, a.http()))
	a.tokens.sources[e.ID] = source{of, from}
	return from
}

// forget drops a bot's token, which the service didn't want.
func (t *tokens) forget(endpointID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sources, endpointID)
}
