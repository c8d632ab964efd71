package email

import "testing"

// Each is what a usual program makes of "answer" below or among what it quotes.
func TestNewText(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":               {"Hello,\n\nI come at 3.\n", "Hello,\n\nI come at 3."},
		"gmail":               {"Yes, 3 is fine.\n\nOn Sat, Nov 21, 2026 at 3:04 PM Ann Doe <ann@x.test> wrote:\n\n> When do you come?\n>\n> Ann\n", "Yes, 3 is fine."},
		"gmail broken":        {"Yes.\n\nOn Sat, Nov 21, 2026 at 3:04 PM Ann Bartholomea Doe\n<ann.bartholomea.doe@example.test>\nwrote:\n\n> When?\n", "Yes."},
		"gmail unquoted":      {"Yes.\n\nOn Sat, Nov 21, 2026 at 3:04 PM Ann Doe <ann@x.test> wrote:\nWhen do you come?\n", "Yes."},
		"german":              {"Passt.\n\nAm 21.11.2026 um 15:04 schrieb Ann Doe:\n> Wann?\n", "Passt."},
		"german outlook":      {"Passt.\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\nGesendet: Samstag\nAn: Bob\nBetreff: Wann\n\nWann?\n", "Passt."},
		"french":              {"Oui.\n\nLe sam. 21 nov. 2026 à 15:04, Ann Doe <ann@x.test> a écrit :\n\n> Quand ?\n", "Oui."},
		"spanish":             {"Sí.\n\nEl sáb, 21 nov 2026 a las 15:04, Ann (<ann@x.test>) escribió:\n\n> ¿Cuándo?\n", "Sí."},
		"italian":             {"Sì.\n\nIl giorno sab 21 nov 2026 alle ore 15:04 Ann <ann@x.test> ha scritto:\n\n> Quando?\n", "Sì."},
		"portuguese":          {"Sim.\n\nEm sáb., 21 de nov. de 2026 às 15:04, Ann <ann@x.test> escreveu:\n\n> Quando?\n", "Sim."},
		"dutch":               {"Ja.\n\nOp za 21 nov 2026 om 15:04 schreef Ann <ann@x.test>:\n\n> Wanneer?\n", "Ja."},
		"swedish":             {"Ja.\n\nDen lör 21 nov. 2026 kl 15:04 skrev Ann <ann@x.test>:\n\n> När?\n", "Ja."},
		"polish":              {"Tak.\n\nW dniu 21.11.2026 o 15:04, Ann Doe pisze:\n> Kiedy?\n", "Tak."},
		"russian":             {"Да.\n\nсб, 21 нояб. 2026 г. в 15:04, Ann <ann@x.test>:\n\n> Когда?\n", "Да."},
		"japanese":            {"はい。\n\n2026年11月21日(土) 15:04 Ann <ann@x.test>:\n\n> いつ?\n", "はい。"},
		"outlook":             {"Yes.\n\nFrom: Ann Doe <ann@x.test>\nSent: Saturday, November 21, 2026 3:04 PM\nTo: Bob <bob@x.test>\nSubject: When\n\nWhen do you come?\n", "Yes."},
		"outlook rule":        {"Yes.\n\n________________________________\nFrom: Ann Doe <ann@x.test>\nSent: Saturday, November 21, 2026 3:04 PM\nTo: Bob\nSubject: When\n\nWhen?\n", "Yes."},
		"outlook phone":       {"Yes.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Ann <ann@x.test>\nSent: Saturday\nTo: Bob\nSubject: When\n\nWhen?\n", "Yes."},
		"outlook french":      {"Oui.\n\nDe : Ann <ann@x.test>\nEnvoyé : samedi 21 novembre 2026 15:04\nÀ : Bob\nObjet : Quand\n\nQuand ?\n", "Oui."},
		"stars":               {"Yes.\n\n*From:* Ann <ann@x.test>\n*Sent:* Saturday\n*To:* Bob\n*Subject:* When\n\nWhen?\n", "Yes."},
		"among":               {"Hi!\n\nOn Sat, Nov 21, 2026 at 3:04 PM Ann <ann@x.test> wrote:\n> When?\nAt 3.\n> Where?\nHere.\n", "Hi!\n\nAt 3.\nHere."},
		"signature":           {"Yes.\n-- \nBob\n+1 800 555 0100\n", "Yes."},
		"iphone":              {"Yes.\n\nSent from my iPhone\n\n> On 21 Nov 2026, at 15:04, Ann <ann@x.test> wrote:\n> \n> When?\n", "Yes."},
		"german iphone":       {"Ja.\n\nVon meinem iPhone gesendet\n", "Ja."},
		"forward":             {"Please look:\n\n---------- Forwarded message ---------\nFrom: Ann <ann@x.test>\nDate: Sat, Nov 21, 2026 at 3:04 PM\nSubject: When\nTo: <bob@x.test>\n\nWhen?\n", "Please look:\n\n---------- Forwarded message ---------\nFrom: Ann <ann@x.test>\nDate: Sat, Nov 21, 2026 at 3:04 PM\nSubject: When\nTo: <bob@x.test>\n\nWhen?"},
		"forward, no word":    {"\n\nFrom: Ann <ann@x.test>\nSent: Saturday\nTo: Bob\nSubject: When\n\nWhen?\n", "From: Ann <ann@x.test>\nSent: Saturday\nTo: Bob\nSubject: When\n\nWhen?"},
		"nothing new":         {"> When?\n", ""},
		"no quotation":        {"On Monday the boss wrote:\nnothing at all.\nFrom: here on it is fine.\n", "On Monday the boss wrote:\nnothing at all.\nFrom: here on it is fine."},
		"a list":              {"What I need:\n- a\n- b\n\nFrom: Berlin\nFor: two\n", "What I need:\n- a\n- b\n\nFrom: Berlin\nFor: two"},
		"a journey":           {"Please book:\nFrom: Berlin\nTo: Hamburg\nDate: 24 December\n", "Please book:\nFrom: Berlin\nTo: Hamburg\nDate: 24 December"},
		"outlook, no address": {"Ja.\n\nVon: Ann Doe\nGesendet: Samstag, 21. November 2026 15:04\nAn: Bob\nBetreff: Wann\n\nWann?\n", "Ja."},
		"dashes in a text":    {"a\n---\nb\n", "a\n---\nb"},
		"empty":               {"", ""},
		"windows line ends":   {"Yes.\r\n\r\nOn Sat, Nov 21, 2026 at 3:04 PM Ann <ann@x.test> wrote:\r\n> When?\r\n", "Yes."},
	} {
		if got := newText(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A page becomes what its reader sees.
func TestHTMLText(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Hello&nbsp;<b>Bo</b>b,</p><p>I&#39;m  here.<br>Bye</p>":                                                               "Hello Bob,\n\nI'm here.\nBye",
		`<html><head><title>x</title><style>p{}</style></head><body><script>alert("<p>")</script><div>A</div><div>B</div></body>`: "A\nB",
		"<ul><li>one<li>two</ul>": "- one\n- two",
		`Yes.<div class="gmail_quote">On Sat, Nov 21, 2026 Ann &lt;ann@x.test&gt; wrote:<br><blockquote>When?<blockquote>Old</blockquote></blockquote></div>`: "Yes.\nOn Sat, Nov 21, 2026 Ann <ann@x.test> wrote:\n> When?\n>> Old",
		`a < b and <a href="x>y">c</a>`: "a < b and c",
		"<!-- no --><p>x</p><!-- open":  "x",
		"<":                             "<",
		"<script>never ends":            "",
		"&lt;script&gt;":                "<script>",
	} {
		if got := htmlText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := newText(htmlText(`<p>Yes.</p><hr><p><b>From:</b> Ann<br><b>Sent:</b> Saturday<br><b>To:</b> Bob<br><b>Subject:</b> When</p><p>When?</p>`)); got != "Yes." {
		t.Errorf("%q", got)
	}
}

func TestUnflow(t *testing.T) {
	for in, want := range map[string]string{
		"one \ntwo\nthree": "one two\nthree",
		"> a \n> b\nc":     "> a b\nc",
		"> a \n>> b\n":     "> a \n>> b\n",
		"x \n-- \nBob":     "x \n-- \nBob",
		" >no quote":       ">no quote",
	} {
		if got := unflow(in, false); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := unflow("ab \ncd", true); got != "abcd" {
		t.Errorf("%q", got)
	}
}
