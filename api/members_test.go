package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// What customers carry beside their names: tags, staging, and what clients keep.
func TestCustomerMembers(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"tags":[{"id":"vip","name":"VIP","color":7},{"id":"late","name":"Late"}]}`)
	a := h.want(200, manager, "POST", "/customers", `{"name":"Acme","tagIds":["late","vip"],"integrationData":{"crm":{"id":1.0}},"overrideBillingSettings":true,"billingSettings":{"base":{"unitCost":1.50}},"overrideAppSettings":true,"appSettings":{"customCss":"a{}","stringMappings":{"x":"y"}}}`)
	c := decode[CustomerInfo](t, a)
	if fmt.Sprint(c.Tags) != "[{{} vip VIP 7} {{} late Late 0}]" || !c.OverrideBillingSettings || !c.OverrideAppSettings || c.IsStaging || string(c.BillingSettings) != `{"base":{"unitCost":1.50}}` ||
		string(c.AppSettings) != `{"customCss":"a{}","stringMappings":{"x":"y"}}` || string(c.IntegrationData) != `{"crm":{"id":1.0}}` {
		t.Error(a.body)
	}
	b := h.newCustomer(`{"name":"Bolt","tagIds":["vip"]}`)
	for query, want := range map[string]string{"tagIds=vip": "Acme Bolt", "tagIds=vip,late": "Acme", "tagIds=vip&tagIds=late": "Acme", "tagIds=VIP": "", "tagIds=x'%22%25": ""} {
		var got []string
		for _, c := range decode[ListResponse[CustomerInfo]](t, h.want(200, manager, "GET", "/customers?sortField=name&"+query, "")).Items {
			got = append(got, c.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	if c := decode[CustomerInfo](t, h.want(200, manager, "POST", "/customers/"+c.Id+"/staging", `{"isStaging":true}`)); !c.IsStaging || len(c.Tags) != 2 {
		t.Errorf("%+v", c)
	}
	c = decode[CustomerInfo](t, h.want(200, manager, "PATCH", "/customers/"+c.Id, `{"tagIds":["late"],"appSettings":{},"overrideBillingSettings":false}`))
	if len(c.Tags) != 1 || c.AppSettings != nil || c.OverrideBillingSettings || !c.OverrideAppSettings || !c.IsStaging || c.BillingSettings == nil {
		t.Errorf("%+v", c)
	}
	if c := decode[CustomerInfo](t, h.want(200, manager, "PATCH", "/customers/"+b.Id, `{"tagIds":[]}`)); c.Tags == nil || len(c.Tags) != 0 {
		t.Errorf("%+v", c)
	}
	for _, bad := range []string{`{"tagIds":["nothing"]}`, `{"billingSettings":[1]}`, `{"appSettings":"x"}`, `{"integrationData":{"x":"` + strings.Repeat("x", 70_000) + `"}}`, `{"appSettings":{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`} {
		h.want(400, manager, "PATCH", "/customers/"+b.Id, bad)
	}
	h.want(400, manager, "POST", "/customers/"+b.Id+"/staging", `{}`)
	h.want(403, basic("user@default.test"), "POST", "/customers/"+b.Id+"/staging", `{"isStaging":true}`)
	h.want(404, basic("manager@other.test"), "POST", "/customers/"+b.Id+"/staging", `{"isStaging":true}`)
	// A tag that goes from the settings goes from what has it.
	h.want(200, manager, "PATCH", "/system/settings", `{"tags":[{"id":"vip","name":"VIP"}]}`)
	if c := decode[CustomerInfo](t, h.want(200, manager, "PATCH", "/customers/"+c.Id, `{"name":"Acme 2"}`)); len(c.Tags) != 0 {
		t.Errorf("%+v", c.Tags)
	}
}

// E-mail endpoints, bots, faxes: each kind with what it has, and nothing else.
func TestEndpointKinds(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	h.want(200, manager, "PATCH", "/system/settings", `{"tags":[{"id":"vip","name":"VIP"}]}`)
	mail := decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/email", `{"emailAddress":" Desk@X.test ","tagIds":["vip"],"appSettings":{"a":1}}`))
	if mail.Type != "EmailAddress" || mail.EmailAddress != "desk@x.test" || mail.DisplayName != "desk@x.test" || len(mail.Tags) != 1 || string(mail.AppSettings) != `{"a":1}` {
		t.Errorf("%+v", mail)
	}
	h.want(409, basic("manager@other.test"), "POST", "/endpoints/email", `{"emailAddress":"desk@x.TEST"}`)
	h.want(400, manager, "POST", "/endpoints/email", `{"emailAddress":"nobody"}`)
	h.want(400, manager, "POST", "/endpoints/email", `{"displayName":"Desk"}`)
	h.want(403, basic("user@default.test"), "POST", "/endpoints/email", `{"emailAddress":"a@x.test"}`)
	if e := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+mail.Id, `{"emailAddress":"front@x.test","name":"Front","tagIds":[],"disableSms":true,"useExternal10DlcCampaign":true}`)); e.EmailAddress != "front@x.test" || e.DisplayName != "Front" || len(e.Tags) != 0 || !e.DisableSms || !e.UseExternal10DlcCampaign {
		t.Errorf("%+v", e)
	}
	slack := h.want(200, manager, "POST", "/endpoints/slack-bot", `{"displayName":"Slack","appId":"A1","botToken":"xoxb-secret","signingSecret":"hush","appToken":"xapp-secret"}`)
	skype := h.want(200, manager, "POST", "/endpoints/skype-bot", `{"displayName":"Skype","appId":"app","appPassword":"skype-secret","directLineSecret":"the-page's-secret","tenantId":"t-1","allowedOrigins":["https://Shop.example.com"]}`)
	for _, a := range []answer{slack, skype, h.want(200, manager, "GET", "/endpoints?types=SlackBot,SkypeBot", ""), h.want(200, manager, "GET", "/endpoints.xml", "")} {
		if strings.Contains(a.body, "secret\"") || strings.Contains(a.body, "hush") || strings.Contains(a.body, "xoxb") {
			t.Error(a.body)
		}
	}
	bot := decode[EndpointInfo](t, slack)
	if bot.HasAppToken == nil || !*bot.HasAppToken {
		t.Errorf("%+v", bot)
	}
	page := decode[EndpointInfo](t, skype)
	if page.TenantId != "t-1" || page.HasDirectLineSecret == nil || !*page.HasDirectLineSecret || !slices.Equal(page.AllowedOrigins, []string{"https://shop.example.com"}) {
		t.Errorf("%+v", page)
	}
	page = decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+page.Id, `{"tenantId":"","directLineSecret":"","allowedOrigins":[]}`))
	if page.TenantId != "" || *page.HasDirectLineSecret || len(page.AllowedOrigins) != 0 {
		t.Errorf("%+v", page)
	}
	if bot.Type != "SlackBot" || bot.AppId != "A1" || bot.HasSigningSecret == nil || !*bot.HasSigningSecret {
		t.Errorf("%+v", bot)
	}
	h.want(200, manager, "PATCH", "/endpoints/"+bot.Id, `{"displayName":"S2"}`)
	kept, err := h.server.Store.Endpoint(t.Context(), bot.Id)
	if err != nil || kept.Bot.Token != "xoxb-secret" || kept.Bot.SigningSecret != "hush" {
		t.Errorf("a change of the name took the token: %+v, %v", kept.Bot, err)
	}
	if e := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+bot.Id, `{"signingSecret":"","botToken":"new"}`)); *e.HasSigningSecret {
		t.Errorf("%+v", e)
	}
	number := decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/phone-numbers", `{"number":"+18005550100","addressSid":"AD1","isVirtualPhoneNumber":false,"tagIds":["vip"]}`))
	if number.AddressSid != "AD1" || *number.IsVirtualPhoneNumber || len(number.Tags) != 1 {
		t.Errorf("%+v", number)
	}
	for _, bad := range []string{`{"botToken":"x"}`, `{"appId":"x"}`, `{"managerAccess":"ReadOnly"}`, `{"dashboardPermissions":["ViewFiles"]}`, `{"tagIds":["x"]}`, `{"appSettings":[]}`} {
		h.want(400, manager, "PATCH", "/endpoints/"+number.Id, bad)
	}
	for _, bad := range []string{`{"appPassword":"x"}`, `{"addressSid":"x"}`, `{"isVirtualPhoneNumber":true}`, `{"botToken":""}`, `{"tenantId":"x"}`, `{"allowedOrigins":["https://x.test"]}`, `{"directLineSecret":"0123456789abcdef"}`, `{"appToken":"xoxb-1"}`} {
		h.want(400, manager, "PATCH", "/endpoints/"+bot.Id, bad)
	}
	fax := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/phone-numbers/"+number.Id+"/fax", `{"isFax":true}`))
	if fax.Type != "FaxNumber" || fax.PhoneNumber != "+18005550100" {
		t.Errorf("%+v", fax)
	}
	for query, want := range map[string]int{"type=Fax": 1, "type=PhoneNumber": 0, "type=Email": 1, "types=SlackBot&tagIds=vip": 0, "tagIds=vip": 1} {
		if l := decode[ListResponse[EndpointInfo]](t, h.want(200, manager, "GET", "/endpoints?"+query, "")); len(l.Items) != want || l.TotalCount != want {
			t.Errorf("%s: %d", query, len(l.Items))
		}
	}
	if e := decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/phone-numbers/"+number.Id+"/fax", `{"isFax":false}`)); e.Type != "PhoneNumber" {
		t.Errorf("%+v", e)
	}
	h.want(400, manager, "PATCH", "/phone-numbers/"+number.Id+"/fax", `{}`)
	h.want(400, manager, "PATCH", "/phone-numbers/"+bot.Id+"/fax", `{"isFax":true}`)
	h.want(404, basic("manager@other.test"), "PATCH", "/phone-numbers/"+number.Id+"/fax", `{"isFax":true}`)
}

// A user's rights stand on the endpoint, and its login has them.
func TestUserRights(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	u := decode[EndpointInfo](t, h.want(200, manager, "POST", "/endpoints/users", `{"firstName":"Ann","emailAddress":"ann@x.test","password":"a long password","managerAccess":"ReadOnly","dashboardPermissions":["ViewCallCenter","ViewFiles","ViewFiles"]}`))
	if u.ManagerAccess != "ReadOnly" || fmt.Sprint(u.DashboardPermissions) != "[ViewFiles ViewCallCenter]" {
		t.Errorf("%+v", u)
	}
	u = decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+u.Id, `{"managerAccess":"ReadWrite","dashboardPermissions":["ViewSessions"]}`))
	l, err := h.server.Store.LoginByEmail(t.Context(), "ann@x.test")
	if err != nil || l.ManagerAccess != "ReadWrite" || fmt.Sprint(l.DashboardPermissions) != "[ViewSessions]" || u.ManagerAccess != "ReadWrite" {
		t.Errorf("%+v, %v", l, err)
	}
	u = decode[EndpointInfo](t, h.want(200, manager, "PATCH", "/endpoints/"+u.Id, `{"managerAccess":"","dashboardPermissions":[]}`))
	if u.ManagerAccess != "" || len(u.DashboardPermissions) != 0 {
		t.Errorf("%+v", u)
	}
	h.want(400, manager, "PATCH", "/endpoints/"+u.Id, `{"managerAccess":"Everything"}`)
	h.want(400, manager, "PATCH", "/endpoints/"+u.Id, `{"dashboardPermissions":["ViewAll"]}`)
}

// Settings: addresses that mail is written from, and when they were changed last.
func TestSettingsMembers(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	old := decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", ""))
	if old.DateCreated.IsZero() || old.DateLastModified != old.DateCreated || old.EmailAccounts == nil {
		t.Errorf("%+v", old)
	}
	v := decode[SystemSettingsInfo](t, h.want(200, manager, "PATCH", "/system/settings", `{"emailAccounts":[{"id":"e1","displayName":"Help","emailAddress":"Help@X.test","userName":"help"},{"emailAddress":"b@x.test"}],"defaultSipRegion":"de1"}`))
	if len(v.EmailAccounts) != 2 || v.EmailAccounts[0].Id != "e1" || v.EmailAccounts[0].EmailAddress != "help@x.test" || v.EmailAccounts[1].Id == "" || v.DefaultSipRegion != "de1" || v.LastModifiedBy != "manager@default.test" || !v.DateLastModified.After(v.DateCreated) {
		t.Errorf("%+v", v)
	}
	// What logs in somewhere: the password is taken, kept, and never shown; it doesn't follow to another host.
	h.want(200, manager, "PATCH", "/system/settings", `{"emailAccounts":[{"id":"e1","emailAddress":"help@x.test","smtp":{"host":"smtp.x.test","userName":"u","password":"s3cret-1"},"imap":{"host":"imap.x.test","userName":"u","password":"s3cret-2","intervalInSeconds":30}}]}`)
	shown := h.want(200, manager, "GET", "/system/settings", "")
	v = decode[SystemSettingsInfo](t, shown)
	a := v.EmailAccounts[0]
	if a.Smtp == nil || a.Smtp.Port != 587 || a.Smtp.Tls != "starttls" || a.Imap == nil || a.Imap.Port != 993 || a.Imap.Tls != "tls" || a.Imap.Folder != "INBOX" || a.Imap.IntervalInSeconds != 30 || strings.Contains(shown.body, "s3cret") || strings.Contains(shown.body, "password") {
		t.Errorf("%s", shown.body)
	}
	kept := func() endpoints.EmailAccount {
		s, err := h.server.Store.Settings(t.Context(), h.account)
		if err != nil {
			t.Fatal(err)
		}
		return s.EmailAccounts[0]
	}
	h.want(200, manager, "PATCH", "/system/settings", `{"emailAccounts":[{"id":"e1","emailAddress":"help@x.test","smtp":{"host":"smtp.x.test","port":587,"tls":"starttls","userName":"u"},"imap":{"host":"imap.x.test","userName":"u"}}]}`)
	if k := kept(); k.SMTP.Password != "s3cret-1" || k.IMAP.Password != "s3cret-2" {
		t.Errorf("the passwords are %q and %q", k.SMTP.Password, k.IMAP.Password)
	}
	for _, elsewhere := range []string{`"host":"evil.test","userName":"u"`, `"host":"smtp.x.test","port":2525,"userName":"u"`, `"host":"smtp.x.test","tls":"tls","userName":"u"`, `"host":"smtp.x.test","userName":"v"`} {
		h.want(400, manager, "PATCH", "/system/settings", `{"emailAccounts":[{"id":"e1","emailAddress":"help@x.test","smtp":{`+elsewhere+`}}]}`)
	}
	for _, bad := range []string{`"host":"a b"`, `"host":"a","port":70000`, `"host":"a","tls":"ssl"`, `"host":"a","tls":"none","userName":"u","password":"p"`, `"host":"a","userName":"u\r\nx","password":"p"`} {
		h.want(400, manager, "PATCH", "/system/settings", `{"emailAccounts":[{"emailAddress":"help@x.test","smtp":{`+bad+`}}]}`)
	}
	h.want(400, manager, "PATCH", "/system/settings", `{"emailAccounts":[{"emailAddress":"help@x.test","imap":{"host":"a"}}]}`)
	for _, bad := range []string{`{"emailAccounts":[{"displayName":"x"}]}`, `{"emailAccounts":[{"emailAddress":"x"}]}`, `{"emailAccounts":[{"emailAddress":"a@x.test"},{"emailAddress":"A@x.test"}]}`,
		`{"emailAccounts":[{"id":"a","emailAddress":"a@x.test"},{"id":"a","emailAddress":"b@x.test"}]}`, `{"tags":[{"id":"a,b","name":"x"}]}`, `{"defaultSipRegion":"` + strings.Repeat("x", 300) + `"}`} {
		h.want(400, manager, "PATCH", "/system/settings", bad)
	}
}
