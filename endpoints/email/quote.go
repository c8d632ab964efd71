package email

import (
	"regexp"
	"strings"
)

// newText is what the writer of a mail has written this time: without the mails that it
// answers and without a signature. Programs mark what they quote in their users' languages,
// so the marks here are those of the usual programs in the usual ones; what is in doubt stays.
//
// A forwarded mail is no quotation. Where nothing but an older mail is left, as if it
// were forwarded without a word, it stays as a whole.
func newText(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\u00a0")
		if l == "-- " {
			lines[i] = l
		}
	}
	var out []string
	marked := false // something marked as quoted was left out
	for i := 0; i < len(lines); i++ {
		l := strings.TrimSpace(lines[i])
		if lines[i] == "-- " || l == "--" {
			break
		}
		if forwarded.MatchString(l) {
			out = append(out, lines[i:]...)
			break
		}
		if original.MatchString(l) || headerBlock(lines[i:]) {
			if blank(out) && !marked {
				out = append(out, lines[i:]...)
			}
			break
		}
		if n := attribution(lines[i:]); n > 0 {
			i += n - 1
			marked = true
			if !quoteFollows(lines[i+1:]) { // the program doesn't mark the lines
				break
			}
			continue
		}
		if strings.HasPrefix(l, ">") {
			marked = true
			continue
		}
		out = append(out, lines[i])
	}
	return squeeze(dropFooters(out))
}

// original begins an older mail.
var original = regexp.MustCompile(`(?i)^[-_=]{2,}\s*(original message|original appointment|reply message|ursprüngliche nachricht|originalnachricht|message d'origine|message d’origine|message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|original meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|pôvodná správa|eredeti üzenet|mesaj original|исходное сообщение|оригинальное сообщение|αρχικό μήνυμα|orijinal ileti|özgün ileti|原始邮件|原始郵件|元のメッセージ|원본 메시지)\s*[-_=]*$`)

// forwarded begins a mail that was forwarded.
var forwarded = regexp.MustCompile(`(?i)^[-_=]{2,}\s*(forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht|vidarebefordrat meddelande|videresendt meddelelse|videresendt melding|välitetty viesti|przekazana wiadomość|wiadomość przekazana|přeposlaná zpráva|пересылаемое сообщение)\s*[-_=]*$|^(begin forwarded message|anfang der weitergeleiteten nachricht|début du message transféré|inicio del mensaje reenviado|inizio messaggio inoltrato)\s*:$`)

// wrote ends the line that tells whose words follow, in the usual languages.
var wrote = regexp.MustCompile(`(?i)(wrote|writes|(schrieb|schreef|skrev)( .{1,80})?|geschreven|a écrit|écrit|escribió|escribio|ha scritto|scrive|escreveu|skrev följande|kirjoitti|napisał\(a\)|napisał|napisała|pisze|napsal\(a\)|napsal|napsala|napísal\(a\)|napísal|írta|a scris|написал\(а\)|написал|написала|пишет|написав|έγραψε|şunu yazdı|yazdı|写道|寫道|のメール|作成)\s*[:：]$`)

// when begins it, or stands in it.
var (
	when    = regexp.MustCompile(`(?i)^(on|am|le|el|il|em|op|den|på|kl|dnia|w dniu|dne|dňa|pada|ти|на|вт|пн|ср|чт|пт|сб|вс|στις|\d)`)
	dated   = regexp.MustCompile(`\d{1,4}[./:年\- ]`)
	writer  = regexp.MustCompile(`(19|20)\d\d.*[<(][^<>@\s]+@[^<>\s]+[>)].{0,40}[:：]$`) // any language: a year, an address, a colon
	address = regexp.MustCompile(`[<(\[]?[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+[>)\]]?`)
)

// attribution tells how many lines say whose words follow: "On … wrote:", which programs
// break into up to four.
func attribution(lines []string) int {
	first := strings.TrimSpace(lines[0])
	if first == "" || len(first) > 300 || strings.HasPrefix(first, ">") {
		return 0
	}
	joined := ""
	for n := 0; n < min(4, len(lines)); n++ {
		l := strings.TrimSpace(lines[n])
		if l == "" || len(joined)+len(l) > 500 {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + l)
		if !strings.HasSuffix(l, ":") && !strings.HasSuffix(l, "：") {
			continue
		}
		if writer.MatchString(joined) {
			return n + 1
		}
		if !wrote.MatchString(joined) {
			return 0
		}
		if when.MatchString(joined) && dated.MatchString(joined) || quoteFollows(lines[n+1:]) || address.MatchString(joined) && dated.MatchString(joined) {
			return n + 1
		}
		return 0
	}
	return 0
}

// quoteFollows tells whether the next line that isn't empty is quoted.
func quoteFollows(lines []string) bool {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			return strings.HasPrefix(l, ">")
		}
	}
	return false
}

// The head of an older mail as Outlook shows it: who, and below when, to whom and what about.
var (
	headFrom  = headLine(`from|von|de|da|van|från|fra|lähettäjä|od|feladó|от|кому|από|kimden|expéditeur|发件人|寄件者|差出人|보낸 사람`)
	headAbout = headLine(`subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|předmět|tárgy|тема|konu|θέμα|主题|主題|件名|제목`)
	headOther = headLine(`sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|enviado el|fecha|para|asunto|inviato|data|a|oggetto|assunto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|dato|til|emne|lähetetty|päivä|vastaanottaja|aihe|wysłano|do|temat|odesláno|komu|předmět|elküldve|címzett|tárgy|отправлено|дата|тема|кому|gönderme tarihi|kime|konu|发送时间|收件人|主题|日時|宛先|件名|보낸 날짜|받는 사람|제목`)
)

func headLine(names string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[*\s]*(` + names + `)\s*[*]?\s*[:：]\s*[*]?\s*\S`)
}

// headerBlock tells whether lines begin with such a head, maybe below a rule.
func headerBlock(lines []string) bool {
	if l := strings.TrimSpace(lines[0]); len(l) >= 10 && strings.Trim(l, "_-=") == "" {
		for lines = lines[1:]; len(lines) > 0 && strings.TrimSpace(lines[0]) == ""; lines = lines[1:] {
		}
		if len(lines) == 0 {
			return false
		}
	}
	if !headFrom.MatchString(lines[0]) {
		return false
	}
	others, empty, mail := 0, 0, address.MatchString(lines[0]) // else it may be a list, such as where a journey begins and ends
	for _, l := range lines[1:min(len(lines), 10)] {
		if l = strings.TrimSpace(l); l == "" {
			if empty++; empty > 3 { // some programs leave a line between
				break
			}
			continue
		}
		if !headOther.MatchString(l) {
			if others == 0 {
				return false
			}
			continue
		}
		others++
		mail = mail || headAbout.MatchString(l) || address.MatchString(l)
	}
	return others >= 2 && mail
}

// footers are what programs add below.
var footers = regexp.MustCompile(`(?i)^(sent from (my|outlook|yahoo|mail|proton|samsung|the all).*|get outlook for (ios|android).*|von meinem .{1,40} gesendet\.?|gesendet (von|mit) .{1,60}|diese nachricht wurde von meinem .{1,60}|envoyé (de|depuis|à partir d).{1,60}|enviado (desde|do meu|a partir d).{1,60}|inviato da(l mio)? .{1,60}|verzonden (vanaf|met) .{1,60}|verstuurd vanaf .{1,60}|skickat från .{1,60}|sendt fra min .{1,60}|lähetetty .{1,40}|wysłano z .{1,60}|odesláno z .{1,60}|отправлено (с|из) .{1,60})$`)

// dropFooters leaves out the last line, if a program wrote it.
func dropFooters(lines []string) []string {
	for range 2 {
		for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
			lines = lines[:len(lines)-1]
		}
		if n := len(lines); n > 0 && (footers.MatchString(strings.TrimSpace(lines[n-1])) || strings.Trim(strings.TrimSpace(lines[n-1]), "_") == "") {
			lines = lines[:n-1]
		}
	}
	return lines
}

func blank(lines []string) bool {
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			return false
		}
	}
	return true
}

// squeeze joins lines, with one empty one between paragraphs at most.
func squeeze(lines []string) string {
	var out []string
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			if len(out) == 0 || out[len(out)-1] == "" {
				continue
			}
			l = ""
		}
		out = append(out, l)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
