package endpoints

// NewID is a random id: 128 bits in 32 hex digits.
func NewID() string { return "" }

// ValidID tells whether id has the form of NewID.
func ValidID(id string) bool { return false }

// NewPassword makes a password of 20 letters and digits that can be read aloud.
func NewPassword() string { return "" }

// SetSipPassword keeps the HA1s of a new SIP password in e, for the server's realm.
func (e *Endpoint) SetSipPassword(realm, password string) {}

// HA1MD5 and HA1SHA256 are RFC 7616 3.4.2's HA1, in hex.
func HA1MD5(user, realm, password string) string    { return "" }
func HA1SHA256(user, realm, password string) string { return "" }

// HashPassword is a PHC string (argon2id) of a login's password.
func HashPassword(password string) string { return "" }

// VerifyPassword checks a password against HashPassword's result.
func VerifyPassword(phc, password string) bool { return false }
