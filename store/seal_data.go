package store

import (
	"slices"

	"ringflow/endpoints"
)

// The values of Password fields are sealed one by one in the JSON that they are
// part of. Names stay readable, so that the database can narrow a search; a
// value that was written before its field became a Password stays as it is
// until it is written again.

// keptValue is a value as the database has it.
type keptValue struct {
	endpoints.Value
	Sealed string `json:"sealedValue,omitempty"` // a Value as JSON
}

// sealedMark stands in the JSON of data that has sealed values.
const sealedMark = `"sealedValue"`

// closeData is data as JSON, sealed for the row where names are secret.
func (s *seal) closeData(row string, data map[string]endpoints.Value, secret map[string]bool) string {
	if len(secret) == 0 {
		return text(data)
	}
	out := make(map[string]keptValue, len(data))
	for name, v := range data {
		if secret[name] && !v.Empty() {
			out[name] = keptValue{Sealed: s.close(row+"/data/"+name, text(v))}
		} else {
			out[name] = keptValue{Value: v}
		}
	}
	return text(out)
}

func (s *seal) openData(row, raw string) (map[string]endpoints.Value, error) {
	var kept map[string]keptValue
	if err := fromText("data of "+row, raw, &kept); err != nil || kept == nil {
		return nil, err
	}
	data := make(map[string]endpoints.Value, len(kept))
	for name, k := range kept {
		if k.Sealed != "" {
			open, err := s.open(row+"/data/"+name, k.Sealed)
			if err != nil {
				return nil, err
			}
			if err := fromText("data of "+row, open, &k.Value); err != nil {
				return nil, err
			}
		}
		data[name] = k.Value
	}
	return data, nil
}

// settingsBody is an account's settings as the database has them.
type settingsBody struct {
	*endpoints.Settings
	Sealed string `json:",omitempty"` // fieldSecrets by the fields' sort and id
}

// fieldSecret is what a Password field of the settings holds, or a password of an
// e-mail account.
type fieldSecret struct {
	Default  *endpoints.Value `json:",omitempty"`
	Value    *endpoints.Value `json:",omitempty"`
	Password string           `json:",omitempty"`
}

func (s *seal) closeSettings(v *endpoints.Settings) string {
	open, secrets := cloneFields(v), map[string]fieldSecret{}
	eachSecret(open, func(key string, f *endpoints.DataField, value **endpoints.Value) {
		h := fieldSecret{Default: f.DefaultValue}
		f.DefaultValue = nil
		if value != nil {
			h.Value, *value = *value, nil
		}
		if h != (fieldSecret{}) {
			secrets[key] = h
		}
	})
	eachMailPassword(open, func(key string, password *string) {
		if *password != "" {
			secrets[key] = fieldSecret{Password: *password}
			*password = ""
		}
	})
	if len(secrets) == 0 {
		return text(v)
	}
	return text(settingsBody{open, s.close("settings/"+v.AccountID, text(secrets))})
}

func (s *seal) openSettings(account, raw string, v *endpoints.Settings) error {
	body := settingsBody{Settings: v}
	if err := fromText("settings", raw, &body); err != nil {
		return err
	}
	v.AccountID = account
	hidden, err := s.open("settings/"+account, body.Sealed)
	if err != nil {
		return err
	}
	var secrets map[string]fieldSecret
	if err := fromText("settings", hidden, &secrets); err != nil {
		return err
	}
	eachSecret(v, func(key string, f *endpoints.DataField, value **endpoints.Value) {
		h, ok := secrets[key]
		if !ok { // written before secrets were sealed
			return
		}
		f.DefaultValue = h.Default
		if value != nil {
			*value = h.Value
		}
	})
	eachMailPassword(v, func(key string, password *string) { *password = secrets[key].Password })
	return nil
}

// eachMailPassword calls f for each password of the e-mail accounts.
func eachMailPassword(v *endpoints.Settings, f func(key string, password *string)) {
	for i := range v.EmailAccounts {
		a := &v.EmailAccounts[i]
		if a.SMTP != nil {
			f("emailAccount/"+a.ID+"/smtp", &a.SMTP.Password)
		}
		if a.IMAP != nil {
			f("emailAccount/"+a.ID+"/imap", &a.IMAP.Password)
		}
	}
}

// eachSecret calls f for each Password field; value is nil where a field has none.
func eachSecret(v *endpoints.Settings, f func(key string, field *endpoints.DataField, value **endpoints.Value)) {
	for _, d := range v.EndpointFields {
		if d.Secret() {
			f("endpoint/"+d.ID, &d.DataField, nil)
		}
	}
	for _, d := range v.CustomerFields {
		if d.Secret() {
			f("customer/"+d.ID, &d.DataField, nil)
		}
	}
	for _, d := range v.SystemFields {
		if d.Secret() {
			f("system/"+d.ID, &d.DataField, &d.Value)
		}
	}
}

// cloneFields copies v, its fields and its e-mail accounts.
func cloneFields(v *endpoints.Settings) *endpoints.Settings {
	c := *v
	c.EmailAccounts = slices.Clone(v.EmailAccounts)
	for i, a := range c.EmailAccounts {
		if a.SMTP != nil {
			m := *a.SMTP
			c.EmailAccounts[i].SMTP = &m
		}
		if a.IMAP != nil {
			m := *a.IMAP
			c.EmailAccounts[i].IMAP = &m
		}
	}
	c.EndpointFields, c.CustomerFields, c.SystemFields = clones(v.EndpointFields), clones(v.CustomerFields), clones(v.SystemFields)
	return &c
}

func clones[F any](all []*F) []*F {
	if all == nil {
		return nil
	}
	out := make([]*F, len(all))
	for i, f := range all {
		c := *f
		out[i] = &c
	}
	return out
}
