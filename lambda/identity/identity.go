// Package identity says which user is which.
package identity

import "strings"

// User is a person or a program that an issuer knows. Two of them are the same
// user if their IDs are equal, and only then: a name may be given to another
// user later, and two issuers may give the same name or the same subject.
type User struct {
	// Issuer is the URL of the OpenID Connect issuer, as the tokens spell it.
	Issuer string
	// Subject is the issuer's identifier of the user, which it never gives to
	// another one (OpenID Connect Core 1.0, section 2, sub).
	Subject string
	// Name is for people to read, and for backends that know nothing else.
	Name string
}

// separator is in no issuer: its URL has no fragment.
const separator = "#"

// ID returns issuer and subject as one text; no two users have the same. It is
// empty for a User without one of them.
func (u User) ID() string {
	if u.Issuer == "" || u.Subject == "" {
		return ""
	}
	return u.Issuer + separator + u.Subject
}

// Parse returns the user of an ID. It returns false if no user has that ID.
func Parse(id, name string) (User, bool) {
	issuer, subject, ok := strings.Cut(id, separator)
	if !ok || issuer == "" || subject == "" {
		return User{}, false
	}
	return User{Issuer: issuer, Subject: subject, Name: name}, true
}
