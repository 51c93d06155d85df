// Package identity identifies users by issuer and subject.
package identity

import (
	"strings"
	"time"
)

// Leeway is the largest accepted difference between the clocks of an issuer and of the
// function. A token is accepted this long before it becomes valid and after it expires.
const Leeway = 30 * time.Second

// User is a person or a program that has an account at an issuer. Two Users are the
// same if, and only if, their IDs are equal. Names do not identify users: an issuer
// may give a name to another user later, and two issuers may use the same name or
// the same subject.
type User struct {
	// Issuer is the URL of the OpenID Connect issuer, as the tokens spell it.
	Issuer string
	// Subject is the issuer's identifier of the user. The issuer never gives it to
	// another user (OpenID Connect Core 1.0, section 2, sub).
	Subject string
	// Name is for display, and for backends that do not know the subject.
	Name string
	// Claims are claims of the user's token for the routes of the app, as a JSON object.
	// Empty: no claims.
	Claims string
}

// separator cannot be part of an issuer, because its URL has no fragment.
const separator = "#"

// ID returns a string that is unique to the issuer and the subject. It returns "" if
// one of them is missing.
func (u User) ID() string {
	if u.Issuer == "" || u.Subject == "" {
		return ""
	}
	return u.Issuer + separator + u.Subject
}

// Parse returns the user with an ID and a name. It returns false if id is not the ID
// of a user.
func Parse(id, name string) (User, bool) {
	issuer, subject, ok := strings.Cut(id, separator)
	if !ok || issuer == "" || subject == "" {
		return User{}, false
	}
	return User{Issuer: issuer, Subject: subject, Name: name}, true
}
